// Subjects of recording: each has a loop to run and a total to check it by.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { fromBuild } from "./build.js";
import { otel, promCounter, promHistogram, promHistogramTotal, promTotal, totals } from "./contenders.js";
import { attributeSets, latencies, routes, sumOf } from "./data.js";
import * as loops from "./loops.js";

const calls = (n) => n;

export function emptyLoop() {
  let left = 0;
  const run = (start, n) => void (left = loops.emptyLoop(n));
  return { run, total: () => Number.isInteger(left), expected: () => true };
}

export function bareCell() {
  const cells = new Float64Array(64);
  return { run: (start, n) => loops.addToCell(cells, 5, n), total: () => cells[5], expected: calls };
}

export function literals() {
  const sink = { literal: undefined };
  const sets = attributeSets(100);
  return {
    run: (start, n) => loops.makeLiterals(sink, sets, start, n),
    total: () => sink.literal.method.length > 0,
    expected: () => true,
  };
}

/** A counter of Tachymeter, bound to three attributes. */
export async function boundCounter(options) {
  const sdk = await otel.tachymeter(options);
  const handle = sdk.meter.createCounter("c").bind({ method: "GET", route: "/", status: 200 });
  return { sdk, run: (start, n) => loops.add(handle, n), total: () => sdk.total("c"), expected: calls };
}

/**
 * The same with an active span and a registered context manager, as with tracing. With `traceFlags` 1 the span is
 * sampled, so that there must be an exemplar; with 0 there must not be one.
 */
export async function boundCounterInSpan(traceFlags) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const { sdk, run } = await boundCounter();
  const span = trace.wrapSpanContext({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags,
  });
  const active = trace.setSpan(context.active(), span);
  return {
    run: (start, n) => context.with(active, run, undefined, start, n),
    total: async () => {
      const [point] = await sdk.points("c");
      return `${await sdk.total("c")} with ${point.exemplars?.length ?? 0} exemplars`;
    },
    expected: (count) => `${count} with ${traceFlags} exemplars`,
  };
}

export async function plainCounter(contender) {
  const sdk = await otel[contender]();
  const counter = sdk.meter.createCounter("c");
  return { run: (start, n) => loops.add(counter, n), total: () => sdk.total("c"), expected: calls };
}

export function plainPromCounter() {
  const counter = promCounter();
  return { run: (start, n) => loops.inc(counter, n), total: () => promTotal(counter), expected: calls };
}

const attributes = {
  1: { sets: routes, otel: loops.addOne, prometheus: loops.incOne },
  3: { sets: attributeSets, otel: loops.addThree, prometheus: loops.incThree },
  10: { sets: attributeSets, otel: loops.addTen, prometheus: loops.incTen },
};

/** A counter with a fresh literal of 1, 3 or 10 attributes at each call, for one of `series` random series. */
export async function attributedCounter(contender, width, series, options) {
  const sets = attributes[width].sets(series);
  const sdk = await otel[contender](options);
  const instrument = sdk.meter.createCounter("c");
  const loop = attributes[width].otel;
  return {
    run: (start, n) => loop(instrument, sets, start, n),
    total: () => sdk.total("c"),
    expected: calls,
  };
}

const promLabels = {
  1: ["route"],
  3: ["method", "route", "status"],
  10: ["method", "route", "status", "host", "region", "zone", "version", "protocol", "secure", "port"],
};

export function labelledPromCounter(width, series) {
  const sets = attributes[width].sets(series);
  const instrument = promCounter(promLabels[width]);
  const loop = attributes[width].prometheus;
  return {
    run: (start, n) => loop(instrument, sets, start, n),
    total: () => promTotal(instrument),
    expected: calls,
  };
}

/** A histogram of Tachymeter, bound to three attributes. */
export async function boundHistogram(options, values = latencies()) {
  const sdk = await otel.tachymeter(options);
  const handle = sdk.meter.createHistogram("h").bind({ method: "GET", route: "/", status: 200 });
  return recordingInto(sdk, values, (start, n) => loops.record(handle, values, start, n));
}

export async function plainHistogram(contender, options) {
  const values = latencies();
  const sdk = await otel[contender](options);
  const histogram = sdk.meter.createHistogram("h");
  return recordingInto(sdk, values, (start, n) => loops.record(histogram, values, start, n));
}

/** A histogram with a fresh literal of three attributes at each call, for one of 100 random series. */
export async function attributedHistogram(contender, options, values = latencies()) {
  const sdk = await otel[contender](options);
  const instrument = sdk.meter.createHistogram("h");
  const sets = attributeSets(100);
  return recordingInto(sdk, values, (start, n) => loops.recordThree(instrument, values, sets, start, n));
}

export function plainPromHistogram() {
  const values = latencies();
  const instrument = promHistogram();
  return observing(instrument, values, (start, n) => loops.observe(instrument, values, start, n));
}

export function labelledPromHistogram() {
  const values = latencies();
  const instrument = promHistogram(promLabels[3]);
  const sets = attributeSets(100);
  return observing(instrument, values, (start, n) => loops.observeThree(instrument, values, sets, start, n));
}

function recordingInto(sdk, values, run) {
  return {
    run,
    total: () => sdk.histogramTotal("h"),
    expected: (count) => totals(sumOf(values, count), count),
  };
}

function observing(instrument, values, run) {
  const total = () => promHistogramTotal(instrument);
  return { run, total, expected: (count) => totals(sumOf(values, count), count) };
}

/** The cost of a facade in addition to either SDK. */
export async function facade(contender, which) {
  const sdk = await otel[contender]();
  const { Commands, Kernels, Messaging, TelemetryCollector } = await fromBuild("facades/index.js");
  const given = { meterProvider: sdk.provider };
  const total = async (name) => {
    const { resourceMetrics } = await sdk.reader.collect();
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find((metric) => metric.descriptor.name === name).dataPoints[0].value;
  };
  switch (which) {
    case "messaging.sent": {
      const messaging = new Messaging(given);
      return {
        run: (start, n) => loops.send(messaging, n),
        total: () => total("messages.sent"),
        expected: calls,
      };
    }
    case "destination.sent": {
      const destination = new Messaging(given).destination("jobs");
      return {
        run: (start, n) => loops.sendBound(destination, n),
        total: () => total("messages.sent"),
        expected: calls,
      };
    }
    case "kernels.recordReceive": {
      const kernels = new Kernels(given);
      const received = () => total("kernel.messages.received");
      return { run: (start, n) => loops.receive(kernels, n), total: received, expected: calls };
    }
    case "commands.recordExecution": {
      const commands = new Commands(given);
      const values = latencies();
      const executed = () => total("commands.executed");
      return {
        run: (start, n) => loops.execute(commands, values, start, n),
        total: executed,
        expected: calls,
      };
    }
    case "named counter": {
      const named = new TelemetryCollector(given).registerCounter("jobs");
      return { run: (start, n) => loops.increment(named, n), total: () => total("jobs"), expected: calls };
    }
    case "named counter, one label": {
      const named = new TelemetryCollector(given).registerCounter("jobs", "Jobs.", ["type"]);
      return {
        run: (start, n) => loops.incrementLabelled(named, n),
        total: () => total("jobs"),
        expected: calls,
      };
    }
    default:
      throw new Error(`facade must be a known case, got "${which}"`);
  }
}
