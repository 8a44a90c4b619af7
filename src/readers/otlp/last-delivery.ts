// Last delivery of a process without an outbox: a worker thread sends the records while the exit handler waits.
import { ownThread } from "../../io/own-processes.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../collection-exporter.ts";
import type { NewRecord } from "../../io/outbox/record-queue.ts";
import { LAST_DELIVERY_CODE } from "./last-delivery-code.ts";
import type { UpstreamOtlpOptions } from "./upstream.ts";

/** The work for the other thread. */
export interface LastWork {
  /** Options of the exporter; the thread reads the environment variables itself. */
  readonly target: UpstreamOtlpOptions;
  /** Packed requests, oldest first. */
  readonly records: readonly NewRecord[];
  readonly timeoutMillis: number;
  /** Shared by both threads; see {@link LAST_STATE}. */
  readonly state: Int32Array;
}

/** Indexes in `state`: whether the delivery has ended, and the number of delivered data points. */
export const LAST_STATE = { isOver: 0, deliveredPoints: 1 } as const;

/** Starts a worker thread that sends the records, each once, until one fails. `name` is that of the exporter in logs. */
export function beginLastDelivery(work: Omit<LastWork, "state">, name: string): LastDelivery | undefined {
  const code = LAST_DELIVERY_CODE;
  if (code === undefined) return undefined;
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: LastWork = { ...work, state };
  // Omits the application's `--import` and similar flags.
  const { NODE_OPTIONS: _, ...env } = process.env;
  try {
    const options = { eval: true, workerData, execArgv: [], env, argv: [] };
    ownThread(() => new Worker(code, options))
      .on("error", () => {})
      .unref();
  } catch (error) {
    diag.warn(
      `${name}: undelivered data is lost, because no thread could be started: ${errorMessage(error)}`,
    );
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
