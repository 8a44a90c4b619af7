// Records as fast as it can, and notes after each turn how often.
import { workerData } from "node:worker_threads";
import { MeterProvider } from "tachymeter-modules/src/engine/meter-provider.js";
import { ImageWriter } from "tachymeter-modules/src/group/memory/image-writer.js";
import { joinMainThread } from "tachymeter-modules/src/group/threads/join-main-thread.js";
import { MemberReader } from "tachymeter-modules/src/group/member-reader.js";

const { turns, turnsPerSeries, progress, views } = workerData;
const host = joinMainThread();
const image = new ImageWriter({ isShared: true, onChunk: (chunk) => host.post(chunk) });
const reader = new MemberReader({ aggregations: {}, limits: {} });
const meter = new MeterProvider({ readers: [reader], views }, image).getMeter("m");
const counter = meter.createCounter("counter").bind({ series: 1 });
const [explicit, exponential] = ["explicit", "exponential"].map((name) => meter.createHistogram(name));
let bound = [explicit, exponential].map((histogram) => histogram.bind({ series: 1 }));
for (let i = 0; i < turns; i++) {
  if (i % turnsPerSeries === 0) bound = [explicit, exponential].map((each) => each.bind({ series: i }));
  const value = turnsPerSeries === Infinity ? ofOneSeries(i) : 2 ** (i % 40);
  counter.add(value);
  bound[0].record(value);
  bound[1].record(value);
  progress[0] = i + 1;
  progress[1] += value;
}

// Mostly one value, so that its bucket exceeds 65,535. The range grows, so that windows move and become coarser.
function ofOneSeries(i) {
  return i % 5 > 0 ? 1 : 2 ** (i % (1 + Math.min(20, Math.floor(i / 20_000))));
}
