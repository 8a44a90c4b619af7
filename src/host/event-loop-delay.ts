import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { clearInterval, setInterval } from "node:timers";
import type { BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import type { ObservedInstruments } from "./instruments.ts";

const SAMPLING_MILLIS = 20;
const BOUNDARIES_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
// There are no percentiles for fewer: the gauges keep their values.
const MIN_SAMPLES = 5;

type DelayGauge = readonly [
  name: string,
  description: string,
  nanoseconds: (delay: IntervalHistogram) => number,
];

const GAUGES: readonly DelayGauge[] = [
  ["min", "Event loop minimum delay.", (delay) => delay.min],
  ["max", "Event loop maximum delay.", (delay) => delay.max],
  ["mean", "Event loop mean delay.", (delay) => delay.mean],
  ["stddev", "Event loop standard deviation delay.", (delay) => delay.stddev],
  ["p50", "Event loop 50 percentile delay.", (delay) => delay.percentile(50)],
  ["p90", "Event loop 90 percentile delay.", (delay) => delay.percentile(90)],
  ["p99", "Event loop 99 percentile delay.", (delay) => delay.percentile(99)],
];

/**
 * Metrics of the event loop's delay. The gauges `nodejs.eventloop.delay.*` cover the time since the last collection,
 * and keep their values if that was just before. The histogram `nodejs.eventloop.delay` shows how late a timer of
 * 20 ms ran; that timer does not keep the process alive.
 */
export function eventLoopDelayMetrics(
  meter: Meter,
  instruments: ObservedInstruments,
): { readonly observe: (result: BatchObservableResult) => void; readonly stop: () => void } {
  const gauges = GAUGES.map(([name, description, nanoseconds]) => ({
    instrument: instruments.gauge(`nodejs.eventloop.delay.${name}`, "s", description),
    nanoseconds,
  }));
  const delay = monitorEventLoopDelay();
  delay.enable();
  let latest: readonly { readonly instrument: Observable; readonly seconds: number }[] = [];
  const stopSampling = sampleDelay(meter);
  return {
    observe: (result) => {
      if (delay.count >= MIN_SAMPLES) {
        latest = gauges.map(({ instrument, nanoseconds }) => ({
          instrument,
          seconds: nanoseconds(delay) / 1e9,
        }));
        delay.reset();
      }
      for (const { instrument, seconds } of latest) result.observe(instrument, seconds);
    },
    stop: () => {
      delay.disable();
      stopSampling();
    },
  };
}

function sampleDelay(meter: Meter): () => void {
  const lateness = meter.createHistogram("nodejs.eventloop.delay", {
    unit: "s",
    description: "Time by which a timer of 20 ms was late.",
    advice: { explicitBucketBoundaries: BOUNDARIES_SECONDS },
  });
  let last = performance.now();
  const sampling = setInterval(() => {
    const now = performance.now();
    lateness.record(Math.max(0, now - last - SAMPLING_MILLIS) / 1000);
    last = now;
  }, SAMPLING_MILLIS).unref();
  return () => clearInterval(sampling);
}
