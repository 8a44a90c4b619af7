import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout } from "node:timers/promises";
import { type CgroupReading, readCgroup } from "../../host/readings/cgroup.ts";
import { Change } from "../../host/readings/change.ts";
import { type CpuReading, cpuShares, readCpu } from "../../host/readings/cpu.ts";
import { readFileSystem } from "../../host/readings/file-systems.ts";
import { readMemory } from "../../host/readings/memory.ts";

/** A figure of the machine or the process. */
export interface SystemFigure {
  /** Reads the current value; `undefined` if unknown. */
  read(): Promise<number | undefined>;
  /** Releases resources, if there are any. */
  end?(): void;
}

// The kernel's clocks tick every 10 ms.
const FIRST_SPAN_MILLIS = 120;

/**
 * Share of CPU time used since the last reading, from 0 to 1. It is the machine's share or the container's, whichever
 * is greater.
 */
export function cpuFigure(): SystemFigure {
  const change = new Change(usedShare);
  const read = async (): Promise<number | undefined> => {
    const cpu = await readCpu();
    return cpu === undefined ? undefined : change.upTo({ cpu, cgroup: await readCgroup() });
  };
  return {
    async read() {
      const known = await read();
      if (known !== undefined || change.age === undefined) return known;
      await setTimeout(FIRST_SPAN_MILLIS, undefined, { ref: false });
      return read();
    },
  };
}

interface ProcessorsReading {
  readonly cpu: CpuReading;
  readonly cgroup: CgroupReading | undefined;
}

function usedShare(
  earlier: ProcessorsReading,
  later: ProcessorsReading,
  seconds: number,
): number | undefined {
  const { idle, iowait } = cpuShares(earlier.cpu, later.cpu).overall;
  const ofMachine = idle === undefined ? undefined : 1 - idle - (iowait ?? 0);
  const limit = later.cgroup?.cpuLimit;
  const [before, after] = [usedSeconds(earlier.cgroup), usedSeconds(later.cgroup)];
  const ofContainer =
    limit === undefined || before === undefined || after === undefined
      ? undefined
      : (after - before) / (seconds * limit);
  return greatest(ofMachine, ofContainer);
}

function usedSeconds(cgroup: CgroupReading | undefined): number | undefined {
  const { userSeconds, systemSeconds } = cgroup ?? {};
  return userSeconds === undefined || systemSeconds === undefined ? undefined : userSeconds + systemSeconds;
}

/**
 * Share of memory in use, from 0 to 1. It is the machine's share, or this process's share of its container's limit,
 * whichever is greater.
 */
export function memoryFigure(): SystemFigure {
  return {
    async read() {
      const { totalBytes, availableBytes } = await readMemory();
      const limit = (await readCgroup())?.memoryLimitBytes;
      return greatest(
        1 - availableBytes / totalBytes,
        // The container's own figure includes its page cache.
        limit === undefined ? undefined : process.memoryUsage.rss() / limit,
      );
    },
  };
}

/** Share of space in use, from 0 to 1, of the file system that contains `path`. */
export function diskFigure(path: string): SystemFigure {
  return {
    async read() {
      const space = await readFileSystem(path);
      return space === undefined ? undefined : space.usedBytes / (space.usedBytes + space.freeBytes);
    },
  };
}

const RESOLUTION_MILLIS = 20;

/** Delay of the event loop in seconds: the 99th percentile since the last reading. */
export function eventLoopFigure(): SystemFigure {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  delays.enable();
  return {
    async read() {
      const seconds = delays.count === 0 ? 0 : delays.percentile(99) / 1e9 - RESOLUTION_MILLIS / 1_000;
      delays.reset();
      return Math.max(0, seconds);
    },
    end: () => void delays.disable(),
  };
}

function greatest(...shares: readonly (number | undefined)[]): number | undefined {
  const known = shares.filter((share) => share !== undefined);
  return known.length === 0 ? undefined : Math.min(1, Math.max(0, ...known));
}
