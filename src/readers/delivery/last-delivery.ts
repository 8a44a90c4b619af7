// Last delivery of a process without an outbox: a worker thread sends the records while the exit handler waits.
import { currentEnvironment } from "../../options/environment.ts";
import { chosenProxy } from "../../io/http/proxy.ts";
import { ownThread } from "../../io/own-processes.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import type { LastDelivery } from "../collection-exporter.ts";

/** The work for the other thread. */
export interface LastWork {
  /** Code of the thread; undefined in the sources. */
  readonly code: string | undefined;
  /** The requests and their target. */
  readonly data: object;
}

/** Given to the other thread, beside the data of {@link LastWork}. */
export interface LastLimits {
  readonly timeoutMillis: number;
  /** Shared by both threads; see {@link LAST_STATE}. */
  readonly state: Int32Array;
  /** Option `proxy`. The thread reads the variables itself. */
  readonly proxy: string | false | undefined;
}

/** Indexes in `state`: whether the delivery has ended, and the number of delivered data points. */
export const LAST_STATE = { isOver: 0, deliveredPoints: 1 } as const;

/**
 * Starts a worker thread that sends data points, each request once, until one fails. `name` is that of the exporter in
 * logs.
 */
export function beginLastDelivery(
  { code, data }: LastWork,
  points: number,
  timeoutMillis: number,
  name: string,
): LastDelivery | undefined {
  if (code === undefined) return undefined;
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const limits: LastLimits = { timeoutMillis, state, proxy: chosenProxy() };
  // Omits the application's `--import` and similar flags.
  const { NODE_OPTIONS: _, ...env } = currentEnvironment();
  try {
    const options = { eval: true, workerData: { ...data, ...limits }, execArgv: [], env, argv: [] };
    ownThread(() => new Worker(code, options))
      .on("error", () => {})
      .unref();
  } catch (error) {
    diag.warn(
      `${name}: undelivered data is lost, because no thread could be started: ${errorMessage(error)}`,
    );
    return undefined;
  }
  return {
    wait: (deadline) => {
      Atomics.wait(state, LAST_STATE.isOver, 0, Math.max(deadline - performance.now(), 0));
      const lost = points - Atomics.load(state, LAST_STATE.deliveredPoints);
      if (lost > 0) diag.warn(`${name}: the process ends with ${lost} data points that were not delivered`);
    },
  };
}
