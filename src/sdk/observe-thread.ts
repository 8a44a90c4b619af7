// Runtime metrics of a worker thread.
import type { MeterProvider } from "@opentelemetry/api";
import { observeEventLoop } from "../host/event-loop-metrics.ts";
import { observeV8 } from "../host/v8-metrics.ts";

let isObserved = false;

/**
 * Observes heap and garbage collection of this thread, once and until its end. The event loop is observed only if option
 * `runtime` is set. Threads are there for work that blocks, and an idle thread of a pool blocks its own loop. Returns a
 * function that ends the observation of the loop.
 */
export function observeThread(
  meterProvider: MeterProvider,
  { runtime }: { readonly runtime?: boolean },
): () => void {
  if (!isObserved) observeV8(meterProvider);
  isObserved = true;
  return runtime === true ? observeEventLoop(meterProvider) : () => {};
}
