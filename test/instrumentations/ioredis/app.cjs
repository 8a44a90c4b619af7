// Like app.mjs, as CommonJS.
const Redis = require("ioredis");

const publisher = new Redis(process.env.REDIS_URL);
const subscriber = new Redis(process.env.REDIS_URL);
let count = 0;

subscriber.on("message", () => {
  if (++count === 5) console.log("done");
});
subscriber.subscribe("jobs:7:start", () => {
  for (let i = 0; i < 5; i++) publisher.publish("jobs:7:start", `job ${i}`);
});

process.stdin.resume();
process.stdin.once("end", () => {
  publisher.disconnect();
  subscriber.disconnect();
});
