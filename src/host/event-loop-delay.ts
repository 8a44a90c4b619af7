import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import type { BatchObservableResult, Meter } from "@opentelemetry/api";
import type { ObservedInstruments } from "./instruments.ts";

// A late timer is seen if it is late by more than this. The finer, the more processor time it takes.
const BUSY_MILLIS = 10;
// A multiple of the other. A pause of 50 ms still shows, whenever it begins.
const QUIET_MILLIS = 40;
const BOUNDARIES_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
// There are no percentiles for fewer: the gauges keep their values.
const MIN_SAMPLES = 5;
const CHECK_MILLIS = 1_000;
// A smaller share of the time hardly moves the 99th percentile.
const BUSY_UTILIZATION = 0.01;
// The share is averaged over about as many checks. So a collection now and then does not count as load.
const AVERAGED_CHECKS = 10;
// Ten seconds of fine samples. They are taken even if no reader collects, and so in few milliseconds.
const MAX_SAMPLES = 1_000;

type DelayGauge = readonly [name: string, description: string, millis: (delays: Delays) => number];

const GAUGES: readonly DelayGauge[] = [
  ["min", "Event loop minimum delay.", (delays) => delays.quantile(0)],
  ["max", "Event loop maximum delay.", (delays) => delays.quantile(1)],
  ["mean", "Event loop mean delay.", (delays) => delays.mean],
  ["stddev", "Event loop standard deviation delay.", (delays) => delays.deviation],
  ["p50", "Event loop 50 percentile delay.", (delays) => delays.quantile(0.5)],
  ["p90", "Event loop 90 percentile delay.", (delays) => delays.quantile(0.9)],
  ["p99", "Event loop 99 percentile delay.", (delays) => delays.quantile(0.99)],
];

/**
 * Metrics of the event loop's delay, by Node.js' own monitor. It samples every 10 ms while the loop does something, and
 * every 40 ms while it is quiet. The gauges `nodejs.eventloop.delay.*` are the time between two samples of 10 ms since the
 * last collection, and keep their values if that was just before. The histogram `nodejs.eventloop.delay` shows how late
 * the samples were. Nothing here keeps the process alive.
 */
export function eventLoopDelayMetrics(
  meter: Meter,
  instruments: ObservedInstruments,
): { readonly observe: (result: BatchObservableResult) => void; readonly stop: () => void } {
  const gauges = GAUGES.map(([name, description, millis]) => ({
    instrument: instruments.gauge(`nodejs.eventloop.delay.${name}`, "s", description),
    millis,
  }));
  const histogram = meter.createHistogram("nodejs.eventloop.delay", {
    unit: "s",
    description: "Time by which a timer of 10 ms was late.",
    advice: { explicitBucketBoundaries: BOUNDARIES_SECONDS },
  });
  let delays = new Delays();
  const sampling = new Sampling((late, count) => {
    delays.add(BUSY_MILLIS + late, count);
    for (let i = 0; i < count; i++) histogram.record(Math.max(0, late) / 1_000);
  });
  let latest: readonly (readonly [(typeof gauges)[number]["instrument"], number])[] = [];
  return {
    observe: (result) => {
      if (delays.count + sampling.count >= MIN_SAMPLES) {
        sampling.take();
        latest = gauges.map(({ instrument, millis }) => [instrument, millis(delays) / 1_000]);
        delays = new Delays();
      }
      for (const [instrument, seconds] of latest) result.observe(instrument, seconds);
    },
    stop: () => sampling.stop(),
  };
}

/** Samples of how late the event loop is, in milliseconds: fine ones while it is busy. */
class Sampling {
  readonly #take: (lateMillis: number, count: number) => void;
  readonly #checking = setInterval(() => this.#check(), CHECK_MILLIS).unref();
  #resolutionMillis = BUSY_MILLIS;
  #monitor = monitorOf(BUSY_MILLIS);
  #other: IntervalHistogram | undefined;
  #busy = 2 * BUSY_UTILIZATION;
  #utilization = performance.eventLoopUtilization();
  // The monitor has no sample for the time until its first tick, which is when the rest of a collection runs.
  #began = performance.now();
  #first = setTimeout(() => this.#takeFirst(), BUSY_MILLIS).unref();

  constructor(take: (lateMillis: number, count: number) => void) {
    this.#take = take;
  }

  get count(): number {
    return this.#monitor.count;
  }

  /** Passes the samples on, nearly equal ones together. */
  take(): void {
    if (this.count === 0) return;
    this.#pass();
    // It makes all of the monitor's memory resident, 384 KiB.
    this.#monitor.reset();
    this.#begin();
  }

  #pass(): void {
    const { count } = this.#monitor;
    if (count === 0) return;
    const late = (rank: number): number =>
      rounded(this.#monitor.percentile((100 * rank) / count) / 1e6 - this.#resolutionMillis);
    const split = (from: number, to: number, lowest: number, highest: number): void => {
      if (lowest === highest) return this.#take(lowest, to - from + 1);
      const middle = Math.floor((from + to) / 2);
      split(from, middle, lowest, late(middle));
      split(middle + 1, to, late(middle + 1), highest);
    };
    split(1, count, late(1), late(count));
    // Timers of 10 ms would have run between two coarse samples, too: in time, since the loop was quiet.
    const between = count * (this.#resolutionMillis / BUSY_MILLIS - 1);
    if (between > 0) this.#take(0, between);
  }

  stop(): void {
    clearInterval(this.#checking);
    clearTimeout(this.#first);
    this.#monitor.disable();
  }

  #check(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    this.#busy += (utilization - this.#busy) / AVERAGED_CHECKS;
    const wanted = this.#busy < BUSY_UTILIZATION ? QUIET_MILLIS : BUSY_MILLIS;
    if (wanted !== this.#resolutionMillis) this.#change(wanted);
    else if (this.count >= MAX_SAMPLES) this.take();
  }

  #change(resolutionMillis: number): void {
    this.#pass();
    this.#monitor.disable();
    const next = this.#other ?? monitorOf(resolutionMillis);
    if (next === this.#other) {
      // It has the samples that were passed on. Its next one would contain the time until now.
      next.reset();
      next.enable();
    }
    this.#other = this.#monitor;
    this.#monitor = next;
    this.#resolutionMillis = resolutionMillis;
    this.#begin();
  }

  #begin(): void {
    this.#takeFirst();
    this.#began = performance.now();
    this.#first = setTimeout(() => this.#takeFirst(), this.#resolutionMillis).unref();
  }

  #takeFirst(): void {
    clearTimeout(this.#first);
    const lateMillis = performance.now() - this.#began - this.#resolutionMillis;
    this.#began = Number.POSITIVE_INFINITY;
    if (lateMillis >= 0) this.#take(rounded(lateMillis), 1);
  }
}

function monitorOf(resolution: number): IntervalHistogram {
  const monitor = monitorEventLoopDelay({ resolution });
  monitor.enable();
  return monitor;
}

// So there are at most some 700 different values.
function rounded(millis: number): number {
  return millis < 10 ? Math.round(millis * 10) / 10 : Number(millis.toPrecision(2));
}

/** A distribution of delays in milliseconds. */
class Delays {
  readonly #counts = new Map<number, number>();
  #sorted: (readonly [millis: number, count: number])[] | undefined;
  count = 0;
  mean = 0;
  #squares = 0;

  add(millis: number, count: number): void {
    this.#counts.set(millis, (this.#counts.get(millis) ?? 0) + count);
    this.count += count;
    const difference = millis - this.mean;
    this.mean += (difference * count) / this.count;
    this.#squares += difference * (millis - this.mean) * count;
    this.#sorted = undefined;
  }

  get deviation(): number {
    return Math.sqrt(this.#squares / this.count);
  }

  /** The least delay that this share of the delays does not exceed. */
  quantile(share: number): number {
    this.#sorted ??= [...this.#counts].toSorted(([one], [other]) => one - other);
    let before = 0;
    const found = this.#sorted.find(([, count]) => (before += count) >= share * this.count);
    return found?.[0] ?? Number.NaN;
  }
}
