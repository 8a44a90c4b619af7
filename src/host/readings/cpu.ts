// What the processors have done since the machine started.
import { cpus } from "node:os";
import { fileText, wordsOf } from "./file-text.ts";

/** What a processor spends its time on. */
export type CpuMode = "user" | "nice" | "system" | "idle" | "iowait" | "interrupt" | "steal";

/** Seconds by mode. A mode that the platform does not tell is absent: `iowait` and `steal` outside of Linux. */
export type CpuTimes = Readonly<Partial<Record<CpuMode, number>>>;

/** The time of one logical processor. */
export interface CoreTimes {
  /** Its number, from 0. There are gaps where processors are switched off. */
  readonly logicalNumber: number;
  readonly times: CpuTimes;
}

/** The time of the processors since the machine started. */
export interface CpuReading {
  /** Of all of them together. */
  readonly overall: CpuTimes;
  readonly cores: readonly CoreTimes[];
}

// Linux counts in ticks, of which every architecture that Node.js runs on has 100 a second (USER_HZ).
const TICKS_PER_SECOND = 100;

/** The times of the processor `logicalNumber`, which is the `i`th of another reading and so in most cases of this. */
export function timesOfCore({ cores }: CpuReading, i: number, logicalNumber: number): CpuTimes | undefined {
  const likely = cores[i];
  if (likely?.logicalNumber === logicalNumber) return likely.times;
  return cores.find((core) => core.logicalNumber === logicalNumber)?.times;
}

/** The time of the processors; `undefined` where the system does not tell. */
export async function readCpu(): Promise<CpuReading | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/stat") : undefined;
  return (text === undefined ? undefined : cpuFromStat(text)) ?? cpuFromNode();
}

/** Reads `/proc/stat`; `undefined` where it says nothing of processors. */
export function cpuFromStat(text: string): CpuReading | undefined {
  let overall: CpuTimes | undefined;
  const cores: CoreTimes[] = [];
  for (const line of linesOfProcessors(text)) {
    const [name = "", ...ticks] = wordsOf(line);
    const times = timesFromTicks(ticks);
    if (name === "cpu") overall = times;
    else cores.push({ logicalNumber: Number(name.slice(3)), times });
  }
  return overall === undefined ? undefined : { overall, cores };
}

// They come first; the line of interrupts after them may be longer than all others together.
function linesOfProcessors(text: string): string[] {
  const end = text.indexOf("\nintr");
  const lines = text.slice(0, end < 0 ? undefined : end).split("\n");
  return lines.filter((line) => line.startsWith("cpu"));
}

// Time of guests is in `user` and `nice` already. Kernels before 2.6.11 tell fewer columns.
function timesFromTicks(ticks: readonly string[]): CpuTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks.map(
    (each) => Number(each) / TICKS_PER_SECOND || 0,
  );
  return { user, nice, system, idle, iowait, interrupt: irq + softirq, steal };
}

function cpuFromNode(): CpuReading | undefined {
  const cores = cpus().map(({ times }, logicalNumber) => ({
    logicalNumber,
    times: {
      user: times.user / 1000,
      nice: times.nice / 1000,
      system: times.sys / 1000,
      idle: times.idle / 1000,
      interrupt: times.irq / 1000,
    },
  }));
  if (cores.length === 0) return undefined;
  const overall = { user: 0, nice: 0, system: 0, idle: 0, interrupt: 0 };
  for (const { times } of cores) {
    overall.user += times.user;
    overall.nice += times.nice;
    overall.system += times.system;
    overall.idle += times.idle;
    overall.interrupt += times.interrupt;
  }
  return { overall, cores };
}

/** All modes, in the order in which Linux tells them. */
export const CPU_MODES: readonly CpuMode[] = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "interrupt",
  "steal",
];
