// What a process without an outbox has not delivered when it ends: sent by a worker thread while the exit handler waits.
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../collection-exporter.ts";
import type { NewRecord } from "../../io/outbox/record-queue.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";

/** What the other thread gets. */
export interface LastWork {
  /** Beneath these options it reads the variables of the environment by itself. */
  readonly target: UpstreamOtlpOptions;
  /** Packed requests, oldest first. */
  readonly records: readonly NewRecord[];
  readonly timeoutMillis: number;
}

/** The same, with what both threads see: whether the delivery is over, and how many data points are delivered. */
export interface SharedLastWork extends LastWork {
  readonly state: Int32Array;
}

/** Where in `state` they are. */
export const LAST_STATE = { isOver: 0, deliveredPoints: 1 } as const;

// A file of the build. The sources lie there without it, as does a bundle, which has no files of ours at all.
const WORKER = new URL("./last-delivery-worker.js", import.meta.url);

/** Has a worker thread send the records, each once, until one fails. `name` is what logs call the exporter. */
export function beginLastDelivery(work: LastWork, name: string): LastDelivery | undefined {
  if (!existsSync(WORKER)) return undefined;
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: SharedLastWork = { ...work, state };
  // Nothing that the application is started with is started once more.
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    new Worker(WORKER, { workerData, execArgv: [], env, argv: [] }).on("error", () => {}).unref();
  } catch (error) {
    diag.warn(`${name}: no thread for what was not delivered; it is lost: ${String(error)}`);
    return undefined;
  }
  const points = work.records.reduce((sum, record) => sum + record.points, 0);
  return {
    wait: (deadline) => {
      Atomics.wait(state, LAST_STATE.isOver, 0, Math.max(deadline - performance.now(), 0));
      const lost = points - Atomics.load(state, LAST_STATE.deliveredPoints);
      if (lost > 0) diag.warn(`${name}: the process ends with ${lost} data points that were not delivered`);
    },
  };
}
