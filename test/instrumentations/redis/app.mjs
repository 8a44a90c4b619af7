// An uninstrumented application: publishes five messages over REDIS_URL to itself. Runs until its standard input
// closes.
import { createClient } from "redis";

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
