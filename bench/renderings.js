// From the series to the bytes of one Prometheus scrape, without HTTP. Compares collection and rendering with
// upstream's collection and serializer and with prom-client's registry.
import { context, trace, TraceFlags } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { prometheus, PrometheusSerializer } from "./baselines.js";
import { fromBuild } from "./build.js";
import { BOUNDARIES, otel, WalkingReader } from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";
import { median, mustBe, timeOnce } from "./measure.js";
import { watchTurns } from "./turns.js";

const TEXT = { format: "text-0.0.4", escaping: "underscores" };
const OPEN_METRICS = { format: "openmetrics-1.0.0", escaping: "underscores" };
const OPEN_METRICS_2 = { format: "openmetrics-2.0.0", escaping: "underscores" };
const PROTOBUF = { format: "protobuf", escaping: "underscores" };
const LABELS = ["method", "route", "status"];

/** Measurements, by name. */
export const rendered = {
  ...Object.fromEntries(
    ["tachymeter", "upstream", "prom-client"].flatMap((contender) => [
      [`rendering 10,000 counters, ${contender}`, () => timed(contender, counters(10_000))],
      [
        `rendering 10,000 counters after a garbage collection, ${contender}`,
        () => timed(contender, counters(10_000), () => globalThis.gc()),
      ],
      [`rendering 100,000 counters, ${contender}`, () => timed(contender, counters(100_000))],
      [`rendering 5,000 histograms, ${contender}`, () => timed(contender, histograms(5_000))],
      [`longest hold, rendering 100,000 counters, ${contender}`, () => longestHold(contender)],
    ]),
  ),
  "rendering 5,000 histograms with exemplars as text": () => timedExemplars(histograms(5_000), TEXT),
  "rendering 5,000 histograms with exemplars as OpenMetrics": () =>
    timedExemplars(histograms(5_000), OPEN_METRICS),
  "rendering 5,000 histograms with exemplars as OpenMetrics 2": () =>
    timedExemplars(histograms(5_000), OPEN_METRICS_2),
  "rendering 10,000 counters with exemplars as OpenMetrics 2": () =>
    timedExemplars(counters(10_000), OPEN_METRICS_2),
  "rendering 10,000 counters with exemplars as text": () => timedExemplars(counters(10_000), TEXT),
  "rendering 10,000 counters with exemplars as OpenMetrics": () =>
    timedExemplars(counters(10_000), OPEN_METRICS),
  "rendering 5,000 histograms with exemplars as protobuf": () => timedExemplars(histograms(5_000), PROTOBUF),
  "rendering 10,000 counters with exemplars as protobuf": () => timedExemplars(counters(10_000), PROTOBUF),
  "rendering 1,000 exponential histograms as text": () => timedExponential(TEXT),
  "rendering 1,000 exponential histograms as protobuf": () => timedExponential(PROTOBUF),
  "memory kept by rendering 100,000 counters": () => keptMemory(),
  "memory while rendering 100,000 counters, of the body": () => peakMemory(),
};

// Recorded metrics: how each contender creates them, and the number of lines of a series.
function counters(count) {
  return { count, isHistogram: false, lines: 1 };
}

function histograms(count) {
  return { count, isHistogram: true, lines: BOUNDARIES.length + 3 };
}

// Each returns a function that collects and renders to bytes, and one that changes each series.
const rendering = {
  tachymeter: async (what) => {
    const sdk = await otel.tachymeter({ reader: new WalkingReader() });
    const { Renderer } = await fromBuild("readers/prometheus/rendering.js");
    const renderer = new Renderer();
    const render = async () => renderer.render(await sdk.reader.producer.collectSeries(), TEXT);
    return { change: recording(sdk.meter, what), render, bytesOf: bytesOfBody };
  },
  upstream: async (what) => {
    const sdk = await otel.upstream();
    const serializer = new PrometheusSerializer();
    const render = async () =>
      Buffer.from(serializer.serialize((await sdk.reader.collect()).resourceMetrics));
    return { change: recording(sdk.meter, what), render, bytesOf: (bytes) => bytes };
  },
  "prom-client": async (what) => {
    const registry = new prometheus.Registry();
    const settings = { name: "requests_total", help: "h", labelNames: LABELS, registers: [registry] };
    const sets = attributeSets(what.count);
    const metric = what.isHistogram
      ? new prometheus.Histogram({ ...settings, buckets: BOUNDARIES })
      : new prometheus.Counter(settings);
    const record = what.isHistogram ? loops.observeMixedToEach : loops.incMixedToEach;
    const change = () => record(metric, sets, what.count);
    const render = async () => Buffer.from(await registry.metrics());
    return { change, render, bytesOf: (bytes) => bytes };
  },
};

function recording(meter, { count, isHistogram }) {
  const sets = attributeSets(count);
  const instrument = isHistogram
    ? meter.createHistogram("requests", { advice: { explicitBucketBoundaries: BOUNDARIES } })
    : meter.createCounter("requests");
  const record = isHistogram ? loops.recordMixedToEach : loops.addMixedToEach;
  return () => record(instrument, sets, count);
}

function bytesOfBody(body) {
  const bytes = Buffer.concat(body.chunks);
  body.release();
  return bytes;
}

// `before` is called before each run.
async function timed(contender, what, before = () => {}) {
  const { change, render, bytesOf } = await rendering[contender](what);
  return timeOnce({
    between: () => {
      change();
      before();
    },
    once: render,
    check: (result) => mustHaveLines(bytesOf(result), what),
    // Runs of about a millisecond would end before V8 has optimized them.
    runs: what.count === 10_000 ? 40 : 15,
    warmUpRuns: what.count === 10_000 ? 40 : 10,
  });
}

// Comment lines are not counted.
function mustHaveLines(bytes, { count, lines }) {
  const samples = bytes.toString().match(/^requests.*$/gm) ?? [];
  mustBe(samples.length, count * lines);
}

async function longestHold(contender) {
  const what = counters(100_000);
  const { change, render, bytesOf } = await rendering[contender](what);
  const holds = [];
  for (let i = 0; i < 20; i++) {
    change();
    await new Promise((resolve) => setImmediate(resolve));
    const hold = watchTurns();
    const result = await render();
    const longest = await hold();
    mustHaveLines(bytesOf(result), what);
    if (i >= 5) holds.push(longest);
  }
  return { unit: "ms", value: median(holds), min: Math.min(...holds), max: Math.max(...holds) };
}

// Each series has one exemplar, of a sampled span.
async function timedExemplars(what, exposition) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const sdk = await otel.tachymeter({ reader: new WalkingReader() });
  const { Renderer } = await fromBuild("readers/prometheus/rendering.js");
  const renderer = new Renderer();
  const change = inSampledSpan(recording(sdk.meter, what));
  return timeOnce({
    between: change,
    once: async () => renderer.render(await sdk.reader.producer.collectSeries(), exposition),
    check: (body) => {
      const text = bytesOfBody(body).toString("latin1");
      mustBe(seriesIn(text, exposition), what.count);
      mustBe(text.match(/trace_id/g)?.length ?? 0, exposition === TEXT ? 0 : what.count);
    },
    runs: 40,
    warmUpRuns: 40,
  });
}

// Each series has a few dozen buckets; the text format shows them as classic ones.
async function timedExponential(exposition) {
  const count = 1_000;
  const sdk = await otel.tachymeter({ reader: new WalkingReader(), exponential: true });
  const { Renderer } = await fromBuild("readers/prometheus/rendering.js");
  const renderer = new Renderer();
  const histogram = sdk.meter.createHistogram("requests");
  const sets = attributeSets(count);
  let round = 0;
  const change = () => loops.recordSpreadToEach(histogram, sets, count, round++);
  for (let i = 0; i < 100; i++) change();
  return timeOnce({
    between: change,
    once: async () => renderer.render(await sdk.reader.producer.collectSeries(), exposition),
    check: (body) => mustBe(seriesIn(bytesOfBody(body).toString("latin1"), exposition), count),
    runs: 40,
    warmUpRuns: 20,
  });
}

function seriesIn(text, exposition) {
  // The label occurs once in each series.
  const series = exposition === PROTOBUF ? /method/g : /^requests(?:_total|_count|\{.* \{count:)/gm;
  return text.match(series)?.length;
}

function inSampledSpan(change) {
  const span = trace.wrapSpanContext({
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    traceFlags: TraceFlags.SAMPLED,
  });
  return () => context.with(trace.setSpan(context.active(), span), change);
}

/** Measures the memory that remains after scrapes, without the buffer, for each series. */
async function keptMemory() {
  const what = counters(100_000);
  const { change, render } = await rendering.tachymeter(what);
  change();
  // Objects created once for each process, code included, are not part of a series' memory.
  await warmUp();
  const before = await held();
  let byteLength = 0;
  for (let i = 0; i < 5; i++) {
    const body = await render();
    byteLength = body.byteLength;
    body.release();
  }
  return { unit: "B", value: ((await held()) - before - byteLength) / what.count, buffer: byteLength };
}

/** Measures the peak memory of a first rendering, including the body, as a multiple of the body. */
async function peakMemory() {
  const { change, render } = await rendering.tachymeter(counters(100_000));
  change();
  await warmUp();
  const before = await held();
  let most = 0;
  const hold = watchTurns(() => (most = Math.max(most, used())));
  const body = await render();
  await hold();
  return { unit: "×", value: (most - before) / body.byteLength };
}

async function warmUp() {
  const { change, render } = await rendering.tachymeter(counters(1_000));
  change();
  for (let i = 0; i < 20; i++) (await render()).release();
}

async function held() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return used();
}

function used() {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
