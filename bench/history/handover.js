// Time of the main thread for one collection that is stored in the history.
import { performance } from "node:perf_hooks";
import { fromBuild } from "../build.js";
import { median } from "../measure.js";

const { MeterProvider, MetricReader } = await fromBuild("engine/index.js");
const { HistoryStore } = await fromBuild("history/parts.js");
const { CollectionEncoder } = await fromBuild("history/collection-encoder.js");
const { openedSettings } = await fromBuild("options/history.js");

const ROUNDS = 60;
// Until V8 has optimized all of it.
const WARM_UP_ROUNDS = 20;

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
  setMetricProducer(producer) {
    this.producer = producer;
  }
}

/** Returns the milliseconds to collect 10,000 series, to encode them, and to send them to the thread. */
export async function handover(path) {
  const reader = new Reader();
  const meter = new MeterProvider({ readers: [reader], cardinalityLimit: 20_000 }).getMeter("bench");
  const counters = Array.from({ length: 50 }, (_, i) => meter.createCounter(`requests.${i}`));
  const gauges = Array.from({ length: 45 }, (_, i) => meter.createGauge(`sizes.${i}`));
  const histograms = Array.from({ length: 5 }, (_, i) => meter.createHistogram(`times.${i}`));
  const record = (round) => {
    for (let i = 0; i < 100; i++) {
      const attributes = { "http.route": `/route/${i}`, method: "GET", status: 200 + (i % 5) };
      for (const counter of counters) counter.add(i + 1, attributes);
      for (const gauge of gauges) gauge.record(i * round, attributes);
      for (const histogram of histograms) histogram.record(i % 17, attributes);
    }
  };
  const history = new HistoryStore(openedSettings({ path }), 60_000);
  await history.ready();
  const encoder = new CollectionEncoder();
  const samples = { collect: [], encode: [], send: [], all: [] };
  for (let round = 0; round < ROUNDS; round++) {
    record(round);
    const began = performance.now();
    const collection = reader.producer.collectSync();
    const collected = performance.now();
    const encoded = encoder.encode(collection);
    const encodedAt = performance.now();
    const stored = history.appendCollection(encoded);
    // The message is posted in a microtask of this call, or of the next one.
    await new Promise((resolve) => process.nextTick(resolve));
    const sent = performance.now();
    await stored;
    if (round < WARM_UP_ROUNDS) continue;
    samples.collect.push(collected - began);
    samples.encode.push(encodedAt - collected);
    samples.send.push(sent - encodedAt);
    samples.all.push(sent - began);
  }
  await history.close();
  return Object.fromEntries(Object.entries(samples).map(([name, millis]) => [name, median(millis)]));
}
