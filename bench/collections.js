// Creation, memory and collection of many series at once.
import { mustBe } from "./measure.js";
import {
  otel,
  promCounter,
  promHistogram,
  promHistogramTotal,
  promTotal,
  totals,
  WalkingReader,
} from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";

const sets = attributeSets(100_000);

/** Counter series of three attributes, for `memory`. */
export function counterSeries(contender, options) {
  return {
    make: async (count) => {
      const sdk = await otel[contender](options);
      loops.addToEach(sdk.meter.createCounter("c"), sets, count);
      return sdk;
    },
    check: async (sdk, count) => mustBe(await sdk.total("c"), count),
  };
}

/** The same after a collection, which may leave something behind. */
export function collectedCounterSeries(contender, options) {
  const { make, check } = counterSeries(contender, options);
  const collected = async (count) => {
    const sdk = await make(count);
    await check(sdk, count);
    return sdk;
  };
  return { make: collected, check };
}

export function promCounterSeries() {
  return {
    make: (count) => {
      const counter = promCounter(["method", "route", "status"]);
      loops.incEach(counter, sets, count);
      return counter;
    },
    check: async (counter, count) => mustBe(await promTotal(counter), count),
  };
}

/** Histogram series of three attributes with 15 boundaries, for `memory`. */
export function histogramSeries(contender, options) {
  return {
    make: async (count) => {
      const sdk = await otel[contender](options);
      loops.recordToEach(sdk.meter.createHistogram("h"), sets, count);
      return sdk;
    },
    check: async (sdk, count) => mustBe(await sdk.histogramTotal("h"), totals(40 * count, count)),
  };
}

export function promHistogramSeries() {
  return {
    make: (count) => {
      const histogram = promHistogram(["method", "route", "status"]);
      loops.observeToEach(histogram, sets, count);
      return histogram;
    },
    check: async (histogram, count) => mustBe(await promHistogramTotal(histogram), totals(40 * count, count)),
  };
}

/** Creates 100,000 counter series, for `timeOnce`. */
export function creating(contender) {
  return {
    between: async () => {
      const sdk = await otel[contender]();
      return { sdk, counter: sdk.meter.createCounter("c") };
    },
    once: ({ sdk, counter }) => {
      loops.addToEach(counter, sets, sets.count);
      return sdk;
    },
    check: async (sdk) => mustBe(await sdk.total("c"), sets.count),
    runs: 5,
    warmUpRuns: 1,
  };
}

export function promCreating() {
  return {
    between: () => promCounter(["method", "route", "status"]),
    once: (counter) => {
      loops.incEach(counter, sets, sets.count);
      return counter;
    },
    check: async (counter) => mustBe(await promTotal(counter), sets.count),
    runs: 5,
    warmUpRuns: 1,
  };
}

/**
 * Collects 100,000 counter series into upstream's objects. With `change`, each has grown since the previous
 * collection.
 */
export async function collecting(contender, change) {
  const sdk = await otel[contender]();
  const counter = sdk.meter.createCounter("c");
  loops.addToEach(counter, sets, sets.count);
  let total = sets.count;
  return {
    between: () => {
      if (!change) return;
      loops.addToEach(counter, sets, sets.count);
      total += sets.count;
    },
    once: () => sdk.reader.collect(),
    check: ({ resourceMetrics }) =>
      mustBe(sumOfPoints(resourceMetrics.scopeMetrics[0].metrics[0].dataPoints), total),
    runs: change ? 7 : 12,
  };
}

/** Walks over 100,000 counter series with a reader of Tachymeter's own kind. */
export async function walking() {
  const sdk = await otel.tachymeter({ reader: new WalkingReader() });
  loops.addToEach(sdk.meter.createCounter("c"), sets, sets.count);
  return {
    once: () => walk(sdk.reader),
    check: (total) => mustBe(total, sets.count),
    warmUpRuns: 10,
    runs: 30,
  };
}

const OBSERVATIONS = 10_000;

/** Collects an instrument whose callback observes 10,000 series, into upstream's objects. */
export async function observing(contender) {
  const sdk = await otel[contender]();
  observe(sdk);
  return {
    once: () => sdk.reader.collect(),
    check: ({ resourceMetrics }) =>
      mustBe(sumOfPoints(resourceMetrics.scopeMetrics[0].metrics[0].dataPoints), SUM_OF_OBSERVATIONS),
    runs: 30,
    warmUpRuns: 10,
  };
}

/** The same, walked by a reader of Tachymeter's own kind. */
export async function observingAndWalking() {
  const sdk = await otel.tachymeter({ reader: new WalkingReader() });
  observe(sdk);
  const check = (total) => mustBe(total, SUM_OF_OBSERVATIONS);
  return { once: () => walk(sdk.reader), check, runs: 30, warmUpRuns: 10 };
}

const SUM_OF_OBSERVATIONS = (OBSERVATIONS * (OBSERVATIONS - 1)) / 2;

function observe(sdk) {
  const counter = sdk.meter.createObservableCounter("c");
  counter.addCallback((result) => loops.observeEach(result, sets, OBSERVATIONS));
}

async function walk(reader) {
  const collection = await reader.producer.collectSeries();
  const visitor = new Summing();
  for (const { series } of collection.metrics) series.visit(0, series.length, visitor);
  return visitor.sum;
}

class Summing {
  sum = 0;

  series(cells, offset) {
    this.sum += cells[offset];
  }
}

function sumOfPoints(points) {
  return points.reduce((sum, { value }) => sum + value, 0);
}
