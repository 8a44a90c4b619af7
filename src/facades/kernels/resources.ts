import { readFileSync } from "node:fs";
import type { EventLoopUtilization } from "node:perf_hooks";
import { readField } from "../../events/labels.ts";

/** Resources used by a kernel, as far as the platform reports them. */
export interface KernelResources {
  /**
   * Busy share of the time since the last reading, from 0 to 1. For a worker thread it is the share of its event loop,
   * for a child process the share of one CPU. Covers at least one second.
   */
  readonly utilization: number;
  /** CPU time so far, in seconds. For worker threads: Node.js 22.20, 24.6 or newer. */
  readonly cpuSeconds?: number;
  /** Used heap of a worker thread (Node.js 22.16, 24 or newer), or resident set size of a child process. */
  readonly heapUsedBytes?: number;
  /** Total size of a worker thread's heap. */
  readonly heapTotalBytes?: number;
}

/** Reads the resources. Returns `undefined` if they are unknown, `"ended"` if the kernel has ended. Never throws. */
export type ResourceReader = () => KernelResources | "ended" | undefined;

// Several readers may read in quick succession: each gets the share of a period of at least this length.
const MIN_PERIOD_MILLIS = 1_000;
// USER_HZ of Linux on all platforms that Node.js supports.
const TICKS_PER_SECOND = 100;

/** Returns a reader for a worker thread or child process; `undefined` for other values. */
export function resourceReader(target: unknown): ResourceReader | undefined {
  if (isWorker(target)) return workerReader(target);
  if (isChildProcess(target) && process.platform === "linux") return childReader(target);
  return undefined;
}

interface WorkerLike {
  readonly performance: { eventLoopUtilization(): EventLoopUtilization };
  // In newer versions of Node.js.
  readonly cpuUsage?: () => Promise<{ readonly user: number; readonly system: number }>;
  readonly getHeapStatistics?: () => Promise<{
    readonly used_heap_size: number;
    readonly total_heap_size: number;
  }>;
}

function workerReader(worker: WorkerLike): ResourceReader {
  const utilizationOf = periods();
  let latest: Omit<KernelResources, "utilization"> = {};
  let pending = 0;
  // The thread replies once it is idle, so the reply is used at the next reading.
  const ask = async <Answer>(
    question: () => Promise<Answer> | undefined,
    figuresFrom: (answer: Answer) => Omit<KernelResources, "utilization">,
  ): Promise<void> => {
    pending++;
    try {
      const answer = await question();
      if (answer === undefined) return;
      const figures = figuresFrom(answer);
      if (Object.values(figures).every(Number.isFinite)) latest = { ...latest, ...figures };
    } catch {
      // The thread has ended, or the object is not a worker.
    } finally {
      pending--;
    }
  };
  const refresh = (): void => {
    if (pending > 0) return;
    void ask(
      () => worker.cpuUsage?.(),
      ({ user, system }) => ({ cpuSeconds: (user + system) / 1e6 }),
    );
    void ask(
      () => worker.getHeapStatistics?.(),
      (heap) => ({ heapUsedBytes: heap.used_heap_size, heapTotalBytes: heap.total_heap_size }),
    );
  };
  refresh();
  return () => {
    refresh();
    try {
      const { active, idle } = worker.performance.eventLoopUtilization();
      return { utilization: utilizationOf(active, active + idle), ...latest };
    } catch {
      return undefined;
    }
  };
}

function childReader(child: ChildProcessLike): ResourceReader {
  const { pid } = child;
  const utilizationOf = periods();
  const startMillis = performance.now();
  return () => {
    if (hasExited(child)) return "ended";
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      // The program's name, in brackets, may contain spaces and brackets.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
      const elapsedMillis = performance.now() - startMillis;
      const utilization = Math.min(1, utilizationOf(cpuSeconds * 1_000, elapsedMillis));
      const [, residentKib] =
        /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
      return { utilization, cpuSeconds, heapUsedBytes: Number(residentKib ?? 0) * 1_024 };
    } catch {
      return undefined;
    }
  };
}

// The first share covers the time since the start, later ones the time since the last reading.
function periods(): (busyMillis: number, totalMillis: number) => number {
  let last = { busy: 0, total: 0, atMillis: -Infinity, share: 0 };
  return (busy, total) => {
    const atMillis = performance.now();
    if (atMillis - last.atMillis < MIN_PERIOD_MILLIS) return last.share;
    const elapsed = total - last.total;
    last = { busy, total, atMillis, share: elapsed > 0 ? Math.max(0, busy - last.busy) / elapsed : 0 };
    return last.share;
  };
}

function isWorker(target: unknown): target is WorkerLike {
  return (
    hasMethod(readField(target, "performance"), "eventLoopUtilization") && hasMethod(target, "postMessage")
  );
}

interface ChildProcessLike {
  readonly pid: number;
}

function isChildProcess(target: unknown): target is ChildProcessLike {
  return typeof readField(target, "pid") === "number" && hasMethod(target, "kill");
}

// Another process may then have the same pid.
function hasExited(child: ChildProcessLike): boolean {
  return (
    typeof readField(child, "exitCode") === "number" || typeof readField(child, "signalCode") === "string"
  );
}

function hasMethod(target: unknown, name: string): boolean {
  return typeof readField(target, name) === "function";
}
