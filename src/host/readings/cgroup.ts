import { readlinkSync } from "node:fs";
import { uptime } from "node:os";
import { fileText, numberAfter, refused, seldomText } from "./file-text.ts";

/**
 * A control group of version 2. Absent limits are unlimited, absent figures unknown. Limits of outer groups are not
 * read.
 */
export interface CgroupReading {
  /** Number of CPUs, such as 1.5. */
  readonly cpuLimit?: number;
  readonly userSeconds?: number;
  readonly systemSeconds?: number;
  /** Scheduling periods in which the group had something to run. */
  readonly periods?: number;
  /** Periods in which the group used up its time. */
  readonly throttledPeriods?: number;
  /** Time that the group's threads waited for that reason, summed over CPUs. */
  readonly throttledSeconds?: number;
  readonly memoryLimitBytes?: number;
  /** Memory, including the group's page cache. */
  readonly memoryBytes?: number;
  /** Memory without the files that were not used lately. */
  readonly workingSetBytes?: number;
  /** Memory that belongs to no file. */
  readonly anonymousBytes?: number;
  readonly pageFaults?: number;
  /** Page faults that waited for a disk; included in `pageFaults`. */
  readonly majorPageFaults?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  /** Time since the container's first process started; absent without a PID namespace of its own. */
  readonly uptimeSeconds?: number;
}

type CgroupFiles = Readonly<
  Record<"cpuMax" | "cpuStat" | "memoryMax" | "memoryCurrent" | "memoryStat" | "ioStat", string | undefined>
>;

/** Reads the control group of this process; `undefined` for the root group, version 1 and systems without groups. */
export async function readCgroup(): Promise<CgroupReading | undefined> {
  const folder = process.platform === "linux" ? await (cgroupFolder ??= findFolder()) : undefined;
  if (folder === undefined) return undefined;
  const reading = cgroupFromFiles({
    cpuMax: await seldomText(`${folder}/cpu.max`),
    cpuStat: await fileText(`${folder}/cpu.stat`),
    memoryMax: await seldomText(`${folder}/memory.max`),
    memoryCurrent: await fileText(`${folder}/memory.current`),
    memoryStat: await fileText(`${folder}/memory.stat`),
    ioStat: await fileText(`${folder}/io.stat`),
  });
  return reading && { ...reading, ...present("uptimeSeconds", await containerUptime()) };
}

// Number of the machine's own PID namespace, fixed in the kernel.
const MACHINE_NAMESPACE = "pid:[4026531836]";
// USER_HZ of Linux: 100 on each architecture that Node.js supports.
const TICKS_PER_SECOND = 100;
// Both times are rounded.
const CLOCK_SECONDS = 1;

async function containerUptime(): Promise<number | undefined> {
  const ownNamespace = pidNamespace();
  if (ownNamespace === undefined || ownNamespace === MACHINE_NAMESPACE) return undefined;
  // The container's first process lives as long as the container.
  const startSeconds = startFromStat(await seldomText("/proc/1/stat"));
  return startSeconds === undefined ? undefined : secondsSince(startSeconds, uptime());
}

/**
 * Returns the age of a container whose first process started `startSeconds` after the machine. LXC may show the container's
 * own uptime in place of the machine's: `upSeconds` is then less, and is the age.
 */
export function secondsSince(startSeconds: number, upSeconds: number): number {
  return upSeconds < startSeconds - CLOCK_SECONDS ? upSeconds : Math.max(0, upSeconds - startSeconds);
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch (error) {
    return refused("/proc/self/ns/pid", error);
  }
}

/** Start of a process in seconds since the machine's, from `/proc/<pid>/stat`. */
export function startFromStat(text: string | undefined): number | undefined {
  // The name of the process, in parentheses, may have blanks and parentheses.
  const ticks = Number(text?.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
  return Number.isNaN(ticks) ? undefined : ticks / TICKS_PER_SECOND;
}

// Looked up once: a process is moved to another group at its start, if ever.
let cgroupFolder: Promise<string | undefined> | undefined;

async function findFolder(): Promise<string | undefined> {
  const [cgroup, mountinfo] = [await fileText("/proc/self/cgroup"), await fileText("/proc/self/mountinfo")];
  if (cgroup === undefined || mountinfo === undefined) return undefined;
  const folder = folderFromProc(cgroup, mountinfo);
  // The root group has no such files.
  const isLimitable =
    folder !== undefined &&
    ((await fileText(`${folder}/cpu.max`)) ?? (await fileText(`${folder}/memory.max`))) !== undefined;
  return isLimitable ? folder : undefined;
}

/** Returns the group's folder, from `/proc/self/cgroup` and `/proc/self/mountinfo`. */
export function folderFromProc(cgroup: string, mountinfo: string): string | undefined {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  const mount = /^\S+ \S+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(mountinfo);
  if (path === undefined || mount === null) return undefined;
  const [, root = "/", mountPoint = ""] = mount;
  // A container in the host's cgroup namespace sees its full path, but only the end of it is mounted.
  const below = root !== "/" && `${path}/`.startsWith(`${root}/`) ? path.slice(root.length) : path;
  return below === "/" || below === "" ? mountPoint : `${mountPoint}${below}`;
}

/** Parses the files of a control group; `undefined` if they have no figures. */
export function cgroupFromFiles(files: CgroupFiles): CgroupReading | undefined {
  const { cpuMax, cpuStat, memoryMax, memoryCurrent, memoryStat, ioStat } = files;
  const [quota, period] = cpuMax?.split(" ").map(Number) ?? [];
  const memoryBytes = memoryCurrent === undefined ? undefined : Number(memoryCurrent);
  const inactiveBytes = countOf("inactive_file", memoryStat);
  const reading = {
    ...present("cpuLimit", quota === undefined || period === undefined ? undefined : quota / period),
    ...present("userSeconds", secondsOf("user_usec", cpuStat)),
    ...present("systemSeconds", secondsOf("system_usec", cpuStat)),
    ...present("periods", countOf("nr_periods", cpuStat)),
    ...present("throttledPeriods", countOf("nr_throttled", cpuStat)),
    ...present("throttledSeconds", secondsOf("throttled_usec", cpuStat)),
    ...present("memoryLimitBytes", memoryMax === undefined ? undefined : Number(memoryMax)),
    ...present("memoryBytes", memoryBytes),
    ...present(
      "workingSetBytes",
      memoryBytes === undefined || inactiveBytes === undefined
        ? undefined
        : Math.max(0, memoryBytes - inactiveBytes),
    ),
    ...present("anonymousBytes", countOf("anon", memoryStat)),
    ...present("pageFaults", countOf("pgfault", memoryStat)),
    ...present("majorPageFaults", countOf("pgmajfault", memoryStat)),
    ...present("readBytes", sumOf("rbytes", ioStat)),
    ...present("writtenBytes", sumOf("wbytes", ioStat)),
  };
  return Object.keys(reading).length === 0 ? undefined : reading;
}

// `max` means no limit.
function present(key: keyof CgroupReading, value: number | undefined): CgroupReading {
  return value === undefined || !Number.isFinite(value) ? {} : { [key]: value };
}

// Sum over the devices, each of which has a line such as `8:0 rbytes=4096 wbytes=0 …`.
function sumOf(field: string, text: string | undefined): number | undefined {
  const matches = [...(text ?? "").matchAll(new RegExp(` ${field}=(\\d{1,20})\\b`, "g"))];
  return matches.length === 0 ? undefined : matches.reduce((sum, [, count]) => sum + Number(count), 0);
}

function countOf(field: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberAfter(`${field} `, text);
}

function secondsOf(field: string, text: string | undefined): number | undefined {
  const micros = countOf(field, text);
  return micros === undefined ? undefined : micros / 1e6;
}
