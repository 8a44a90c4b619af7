// Like app.mjs, as CommonJS.
const { createClient } = require("redis");

async function main() {
  const publisher = await createClient({ url: process.env.REDIS_URL }).connect();
  const subscriber = await createClient({ url: process.env.REDIS_URL }).connect();
  let count = 0;
  await subscriber.subscribe("jobs:7:start", () => {
    if (++count === 5) console.log("done");
  });
  for (let i = 0; i < 5; i++) await publisher.publish("jobs:7:start", `job ${i}`);
  process.stdin.resume();
  process.stdin.once("end", () => {
    publisher.destroy();
    subscriber.destroy();
  });
}

void main();
