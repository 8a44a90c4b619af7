// A program that waits, and reports its processor time in microseconds per second. Before, it waits until its start no
// longer counts.
const BEGIN_MILLIS = 13_000;
const SECONDS = 10;

setTimeout(() => {
  const before = process.cpuUsage();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / SECONDS);
    process.exit();
  }, SECONDS * 1_000);
}, BEGIN_MILLIS);
