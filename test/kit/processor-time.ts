import { readFileSync } from "node:fs";

/** Processor time of this process since a call of `process.cpuUsage()`, in microseconds. Other programs have little effect on it. */
export function processorMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

/** Processor time of this process and of the processes that it started and awaited, in seconds. */
export function allSeconds(): number {
  return processorMicros({ user: 0, system: 0 }) / 1e6 + childrenSeconds();
}

// In ticks of 10 ms; only Linux has this file.
function childrenSeconds(): number {
  if (process.platform !== "linux") return 0;
  const [user, system] = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(13, 15);
  return (Number(user) + Number(system)) / 100;
}

/**
 * The processor time of a fixed calculation, as a multiple of that on a good machine; at least 1. It is measured now,
 * since it changes with other work of the machine.
 */
export function slowness(): number {
  const times = Array.from({ length: 5 }, () => {
    const start = process.cpuUsage();
    calculate();
    return processorMicros(start);
  });
  return Math.max(1, times.toSorted((a, b) => a - b)[2]! / GOOD_MICROS);
}

// On a machine on which the whole `npm test` takes ten minutes of processor time.
const GOOD_MICROS = 10_000;

// Texts, maps and sorting, as most tests do.
function calculate(): number {
  const found = new Map<string, number>();
  for (let i = 0; i < 100_000; i++) found.set(`key ${(i * 7_919) % 20_011}`, i);
  return [...found.keys()].toSorted().length;
}
