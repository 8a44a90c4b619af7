// Starts threads one after the other, and prints the processor time of each in milliseconds.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

const THREADS = 12;
// Until the code is compiled and in the cache of the file system.
const WARM_UP_THREADS = 4;
const samples = [];
for (let i = 0; i < THREADS; i++) {
  const before = process.cpuUsage();
  await once(new Worker("", { eval: true }), "exit");
  const { user, system } = process.cpuUsage(before);
  if (i >= WARM_UP_THREADS) samples.push((user + system) / 1_000);
}
console.log(JSON.stringify(samples));
process.exit();
