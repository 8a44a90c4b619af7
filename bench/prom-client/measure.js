// Processor time and memory of this process.

/** Processor time of `work`, of all threads, in milliseconds. */
export function processorMillis(work) {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e3;
}

/** Memory in use after a garbage collection, in bytes: heap and array buffers. */
export function collectGarbage() {
  for (let i = 0; i < 4; i++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
