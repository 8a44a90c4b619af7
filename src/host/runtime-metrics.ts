import type { MeterProvider } from "@opentelemetry/api";
import { observeEventLoop } from "./event-loop-metrics.ts";
import { observeV8 } from "./v8-metrics.ts";

/**
 * Observes `nodejs.eventloop.*`, `v8js.gc.duration`, `v8js.memory.heap.*`, `v8js.resource.active` and `nodejs.active_resources` on
 * `meterProvider`. Returns a function that stops this.
 */
export function observeRuntime(meterProvider: MeterProvider): () => void {
  const removals = [observeEventLoop(meterProvider), observeV8(meterProvider)];
  return () => {
    for (const remove of removals) remove();
  };
}
