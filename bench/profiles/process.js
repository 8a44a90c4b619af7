// A process with or without profiles, idle or busy. Prints one line of JSON: processor time, work done, memory.
import { setTimeout as delay } from "node:timers/promises";
import { start } from "tachymeter";

const [profiles, load, seconds] = process.argv.slice(2);
const telemetry = start({ profiles: profiles === "on", readers: [], group: false, host: false });
// Until the watch has begun and the code is compiled.
await delay(1_500);
globalThis.gc?.();
const before = process.cpuUsage();
const began = performance.now();
let units = 0;
if (load === "busy") {
  while (performance.now() - began < Number(seconds) * 1_000) {
    units += work(20);
    await delay(0);
  }
} else await delay(Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(before);
const wallSeconds = (performance.now() - began) / 1_000;
console.log(
  JSON.stringify({
    cpuShare: (user + system) / 1e6 / wallSeconds,
    unitsPerSecond: units / wallSeconds,
    rss: process.memoryUsage.rss(),
  }),
);
await telemetry.shutdown();

// Calls of functions, allocations and JSON, as applications have them.
function work(millis) {
  const end = performance.now() + millis;
  let done = 0;
  while (performance.now() < end) {
    done += parsed({ id: done, list: [1, 2, 3], text: `unit ${done}` });
  }
  return done;
}

function parsed(value) {
  return JSON.parse(JSON.stringify(value)).list.length / 3;
}
