import { cpus, loadavg } from "node:os";
import {
  fileText,
  namesIn,
  numberAfter,
  refused,
  seldom,
  seldomText,
  slowText,
  wordsOf,
} from "./file-text.ts";

/** Modes of a CPU, in the order of Linux. */
export const CPU_MODES = ["user", "nice", "system", "idle", "iowait", "interrupt", "steal"] as const;

type CpuMode = (typeof CPU_MODES)[number];

/** Seconds by mode; `iowait` and `steal` are absent outside of Linux. */
export type CpuTimes = Readonly<Partial<Record<CpuMode, number>>>;

export interface CoreTimes {
  /** Counted from 0, with gaps for CPUs that are switched off. */
  readonly logicalNumber: number;
  readonly times: CpuTimes;
}

/** Times of the CPUs since the machine started. */
export interface CpuReading {
  /** Sum of all CPUs. */
  readonly overall: CpuTimes;
  readonly cores: readonly CoreTimes[];
  /** Processes and threads that were created since the machine started. */
  readonly createdProcesses?: number;
}

// USER_HZ of Linux: 100 on each architecture that Node.js supports.
const TICKS_PER_SECOND = 100;
/** With more CPUs, only their sums are observed. */
export const MAX_CORES = 128;

export async function readCpu(): Promise<CpuReading | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/stat") : undefined;
  return (text === undefined ? undefined : cpuFromStat(text)) ?? cpuFromNode();
}

/** Parses the CPU times of `/proc/stat`; `undefined` if it has none. */
export function cpuFromStat(text: string): CpuReading | undefined {
  let overall: CpuTimes | undefined;
  const cores: CoreTimes[] = [];
  for (const line of linesOfProcessors(text)) {
    const [name = "", ...ticks] = wordsOf(line);
    const times = timesFromTicks(ticks);
    if (name === "cpu") overall = times;
    else cores.push({ logicalNumber: Number(name.slice(3)), times });
  }
  if (overall === undefined) return undefined;
  const createdProcesses = numberAfter("processes ", text);
  return { overall, cores, ...(createdProcesses !== undefined && { createdProcesses }) };
}

let physicalCores: Promise<number | undefined> | undefined;

/** Number of physical cores, read once; `undefined` if the system does not report it. */
export function readPhysicalCores(): Promise<number | undefined> {
  return (physicalCores ??= slowText("/proc/cpuinfo").then(physicalCoresFrom));
}

/** Frequencies of the CPUs in hertz by their numbers, at most half a minute old; empty if the system does not report them. */
export const readFrequencies: () => Promise<ReadonlyMap<number, number>> = seldom(async () => {
  const known = frequenciesFrom(await slowText("/proc/cpuinfo"));
  if (known.size > 0) return known;
  // ARM has them in these files alone.
  const read = async (number: number): Promise<[number, number]> => {
    const text = await slowText(`/sys/devices/system/cpu/cpu${number}/cpufreq/scaling_cur_freq`);
    return [number, Number.parseInt(text ?? "", 10) * 1e3];
  };
  const all = await Promise.all(
    Array.from({ length: Math.min(cpus().length, MAX_CORES) }, (_, i) => read(i)),
  );
  return new Map(all.filter(([, hertz]) => hertz > 0));
});

/** Hertz by the number of the CPU in `/proc/cpuinfo`; empty if it has none, as on ARM. */
export function frequenciesFrom(text: string | undefined): ReadonlyMap<number, number> {
  const found = (text ?? "").matchAll(
    /^processor\s*: (\d+)$(?:(?!\n\n)[^])*?^cpu MHz\s*: (\d+(?:\.\d+)?)$/gm,
  );
  return new Map([...found].map(([, number, megahertz]) => [Number(number), Number(megahertz) * 1e6]));
}

/** Number of processes that this one can see, at most half a minute old; `undefined` outside of Linux. */
export const readProcessCount: () => Promise<number | undefined> = seldom(async () => {
  try {
    const names = process.platform === "linux" ? await namesIn("/proc") : [];
    return names.filter((name) => /^\d/.test(name)).length || undefined;
  } catch (error) {
    return refused("/proc", error);
  }
});

/** Counts the cores of `/proc/cpuinfo`; `undefined` if they are not named there, as on ARM. */
export function physicalCoresFrom(text: string | undefined): number | undefined {
  const cores = [...(text ?? "").matchAll(/^physical id\s*: (\d+)$[^]*?^core id\s*: (\d+)$/gm)];
  return new Set(cores.map(([, socket, core]) => `${socket} ${core}`)).size || undefined;
}

/** Maximum number of processes and threads of the machine; `undefined` outside of Linux. */
export async function readProcessLimit(): Promise<number | undefined> {
  const texts = [
    await seldomText("/proc/sys/kernel/pid_max"),
    await seldomText("/proc/sys/kernel/threads-max"),
  ];
  const limits = texts.map((text) => Number.parseInt(text ?? "", 10)).filter((limit) => limit > 0);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

// Only the lines before that of the interrupts, which may be longer than all others together.
function linesOfProcessors(text: string): string[] {
  const end = text.indexOf("\nintr");
  const lines = text.slice(0, end < 0 ? undefined : end).split("\n");
  return lines.filter((line) => line.startsWith("cpu"));
}

// `user` and `nice` include the time of guests. Kernels before 2.6.11 have fewer columns.
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

// Larger falls are restarts: a CPU was switched off and on again.
const MAX_FALL_SECONDS = 3;

/** Returns `later` without small falls since `earlier`: on Linux, idle and iowait sometimes fall by a few ticks. */
export function steadyCpu(earlier: CpuReading | undefined, later: CpuReading): CpuReading {
  return earlier === undefined ? later : { ...later, ...combined(earlier, later, steadyTimes) };
}

/** Shares of the time between two readings by mode, from 0 to 1. Empty if no time passed, or the CPU was off before. */
export function cpuShares(earlier: CpuReading, later: CpuReading): CpuReading {
  return combined(earlier, later, sharesOfModes);
}

function combined(
  earlier: CpuReading,
  later: CpuReading,
  combine: (earlier: CpuTimes, later: CpuTimes) => CpuTimes,
): CpuReading {
  return {
    overall: combine(earlier.overall, later.overall),
    cores: later.cores.map(({ logicalNumber, times }, i) => ({
      logicalNumber,
      times: combine(timesOfCore(earlier, i, logicalNumber) ?? times, times),
    })),
  };
}

// The `i`th core is the right one in most cases.
function timesOfCore({ cores }: CpuReading, i: number, logicalNumber: number): CpuTimes | undefined {
  const likely = cores[i];
  if (likely?.logicalNumber === logicalNumber) return likely.times;
  return cores.find((core) => core.logicalNumber === logicalNumber)?.times;
}

function steadyTimes(earlier: CpuTimes, later: CpuTimes): CpuTimes {
  const steady: Partial<Record<CpuMode, number>> = {};
  for (const mode of CPU_MODES) {
    const [before = 0, now] = [earlier[mode], later[mode]];
    if (now !== undefined) steady[mode] = now < before && before - now < MAX_FALL_SECONDS ? before : now;
  }
  return steady;
}

function sharesOfModes(earlier: CpuTimes, later: CpuTimes): CpuTimes {
  const spent: [mode: CpuMode, seconds: number][] = [];
  let total = 0;
  for (const mode of CPU_MODES) {
    const seconds = later[mode];
    if (seconds === undefined) continue;
    // On Linux, idle and iowait sometimes fall by a tick.
    const since = Math.max(0, seconds - (earlier[mode] ?? 0));
    spent.push([mode, since]);
    total += since;
  }
  const shares: Partial<Record<CpuMode, number>> = {};
  if (total > 0) for (const [mode, seconds] of spent) shares[mode] = seconds / total;
  return shares;
}

/** Load averages of 1, 5 and 15 minutes, on Linux including threads that wait for a disk; `undefined` on Windows. */
export function readLoad(): readonly number[] | undefined {
  return process.platform === "win32" ? undefined : loadavg();
}
