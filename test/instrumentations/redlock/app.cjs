// Like app.mjs, as CommonJS.
const { Redlock: Fork } = require("@sesamecare-oss/redlock");
const Redis = require("ioredis");
const Four = require("redlock");

const client = new Redis(process.env.REDIS_URL);
const four = new Four([client], { retryCount: 0 });

async function run() {
  const lock = await four.lock("four:1", 10_000);
  await four.lock("four:1", 10_000).catch(() => {});
  await lock.unlock();
  await new Fork([client]).using(["fork:1"], 10_000, async () => {});
  console.log("done");
}

void run();
process.stdin.resume();
process.stdin.once("end", () => client.disconnect());
