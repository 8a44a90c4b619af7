/** Vitest's set-up of each test file: notes the processor time of the file, for the list at the end of a run. */
import { readFileSync } from "node:fs";
import { afterAll } from "vitest";

declare module "vitest" {
  interface TaskMeta {
    /** Processor time of a test file and of the processes that it started and awaited, in seconds. */
    processorSeconds?: number;
  }
}

// Each test file has a process of its own. Vitest wants a pattern as first argument.
// oxlint-disable-next-line no-empty-pattern
afterAll(({}, file) => {
  const { user, system } = process.cpuUsage();
  file.meta.processorSeconds = (user + system) / 1e6 + childrenSeconds();
});

// In ticks of 10 ms; only Linux has this file.
function childrenSeconds(): number {
  if (process.platform !== "linux") return 0;
  const [user, system] = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(13, 15);
  return (Number(user) + Number(system)) / 100;
}
