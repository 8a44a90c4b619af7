// Undelivered records of a process without an outbox, sent by a worker thread while the exit handler waits.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../collection-exporter.ts";
import type { NewRecord } from "../../io/outbox/record-queue.ts";
import { LAST_DELIVERY_CODE } from "./last-delivery-code.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";

/** The work of the other thread. */
export interface LastWork {
  /** Beneath these options the thread reads the environment's variables by itself. */
  readonly target: UpstreamOtlpOptions;
  /** Packed requests, oldest first. */
  readonly records: readonly NewRecord[];
  readonly timeoutMillis: number;
  /** Seen by both threads; see {@link LAST_STATE}. */
  readonly state: Int32Array;
}

/** Indexes in `state`: whether the delivery is over, and the number of delivered data points. */
export const LAST_STATE = { isOver: 0, deliveredPoints: 1 } as const;

/** Has a worker thread send the records, each once, until one fails. `name` is the exporter's in logs. */
export function beginLastDelivery(work: Omit<LastWork, "state">, name: string): LastDelivery | undefined {
  if (LAST_DELIVERY_CODE === undefined) return undefined;
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: LastWork = { ...work, state };
  // Without the application's `--import` and the like.
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    const options = { eval: true, workerData, execArgv: [], env, argv: [] };
    new Worker(LAST_DELIVERY_CODE, options).on("error", () => {}).unref();
  } catch (error) {
    diag.warn(`${name}: no thread for what was not delivered; it is lost: ${errorMessage(error)}`);
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
