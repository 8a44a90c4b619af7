// How busy worker threads are, as Node.js measures it for each of them.
import type { EventLoopUtilization } from "node:perf_hooks";
import type { Worker } from "node:worker_threads";
import { type Recording, utilizationGauge } from "../hooking/index.ts";

// Several readers may look one right after the other: all of them see the share of at least so long a time.
const MIN_PERIOD_MILLIS = 1_000;

interface Look {
  readonly atMillis: number;
  readonly total: EventLoopUtilization;
  readonly utilization: number;
}

/** Observes the utilization of each of `workers`, which are known by the ids of their kernels, until the hook ends. */
export function observeUtilization(
  recording: Recording<unknown>,
  workers: ReadonlyMap<string, Worker>,
): void {
  const looks = new WeakMap<Worker, Look>();
  recording.observe(utilizationGauge(recording.meter), (result) => {
    const nowMillis = performance.now();
    for (const [kernelId, worker] of workers) {
      const look = lookAt(worker, looks.get(worker), nowMillis);
      looks.set(worker, look);
      result.observe(look.utilization, { "kernel.id": kernelId });
    }
  });
}

// The first time since the thread's start, then since the last time.
function lookAt(worker: Worker, last: Look | undefined, nowMillis: number): Look {
  if (last !== undefined && nowMillis - last.atMillis < MIN_PERIOD_MILLIS) return last;
  const total = worker.performance.eventLoopUtilization();
  const active = total.active - (last?.total.active ?? 0);
  const idle = total.idle - (last?.total.idle ?? 0);
  const utilization = active + idle > 0 ? active / (active + idle) : 0;
  return { atMillis: nowMillis, total, utilization };
}
