// An uninstrumented application: publishes five messages over REDIS_URL to itself. Runs until its standard input
// closes.
import Redis from "ioredis";

const publisher = new Redis(process.env.REDIS_URL);
const subscriber = new Redis(process.env.REDIS_URL);
const received = new Promise((resolve) => {
  let count = 0;
  subscriber.on("message", () => {
    if (++count === 5) resolve();
  });
});
await subscriber.subscribe("jobs:7:start");
for (let i = 0; i < 5; i++) await publisher.publish("jobs:7:start", `job ${i}`);
await received;
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => {
  publisher.disconnect();
  subscriber.disconnect();
});
