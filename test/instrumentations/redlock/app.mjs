// An uninstrumented application: takes a lock with each package over REDIS_URL. Runs until its standard input closes.
// Part of it requires both packages, too.
import { createRequire } from "node:module";
import { Redlock as Fork } from "@sesamecare-oss/redlock";
import Redis from "ioredis";
import Four from "redlock";

const require = createRequire(import.meta.url);
// A bundle has no files to require. webpack writes the URL of this file for `import.meta.url`.
const libraries = process.argv[1].endsWith("-bundle.mjs") ? [] : ["redlock", "@sesamecare-oss/redlock"];
for (const library of libraries) require(library);

const client = new Redis(process.env.REDIS_URL);
const four = new Four([client], { retryCount: 0 });
const lock = await four.lock("four:1", 10_000);
await four.lock("four:1", 10_000).catch(() => {});
await lock.unlock();
await new Fork([client]).using(["fork:1"], 10_000, async () => {});
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => client.disconnect());
