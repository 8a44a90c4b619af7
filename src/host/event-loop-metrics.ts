import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { BatchObservableResult, MeterProvider } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import { eventLoopDelayMetrics } from "./event-loop-delay.ts";
import { ObservedInstruments } from "./instruments.ts";
import { Change } from "./readings/change.ts";

/**
 * Observes `nodejs.eventloop.*` of this thread on `meterProvider`. Returns a function that stops this. Names, units and
 * attributes follow OpenTelemetry's semantic conventions for Node.js, except the histogram `nodejs.eventloop.delay`.
 */
export function observeEventLoop(meterProvider: MeterProvider): () => void {
  const meter = meterProvider.getMeter("tachymeter.runtime", VERSION);
  const instruments = new ObservedInstruments(meter);
  const delay = eventLoopDelayMetrics(meter, instruments);
  const times = timeMetrics(instruments);
  const remove = instruments.observe((result) => {
    delay.observe(result);
    times(result);
  });
  return () => {
    remove();
    delay.stop();
  };
}

function timeMetrics({ counter, gauge }: ObservedInstruments): (result: BatchObservableResult) => void {
  const time = counter("nodejs.eventloop.time", "s", "Time that the event loop was active or idle.");
  const utilization = gauge(
    "nodejs.eventloop.utilization",
    "1",
    "Share of the time since the last collection that the event loop was active.",
  );
  const first = performance.eventLoopUtilization();
  // Several readers may collect one after the other. The few milliseconds between them would be the time of their own work.
  const share = new Change<EventLoopUtilization, number>(utilizationBetween);
  share.upTo(first);
  return (result) => {
    const now = performance.eventLoopUtilization();
    result.observe(time, now.active / 1000, { "nodejs.eventloop.state": "active" });
    result.observe(time, now.idle / 1000, { "nodejs.eventloop.state": "idle" });
    result.observe(utilization, share.upTo(now) ?? utilizationBetween(first, now));
  };
}

function utilizationBetween(earlier: EventLoopUtilization, later: EventLoopUtilization): number {
  return performance.eventLoopUtilization(later, earlier).utilization;
}
