// One process of the measurement of cost: prints nanoseconds a point and bytes a series, as JSON.
import { fromBuild } from "../build.js";
import { Random } from "./series.js";

const { Detector } = await fromBuild("anomalies/detector.js");
const random = new Random(1);
const values = Float64Array.from({ length: 300_000 }, () => 100 + 5 * random.normal());
const detector = new Detector();
let score = 0;
for (const [i, value] of values.entries()) score += detector.push(1.7e9 + i * 60, value)?.score ?? 0;
const before = process.cpuUsage();
for (let i = 0; i < values.length; i++) {
  score += detector.push(1.7e9 + (values.length + i) * 60, values[i])?.score ?? 0;
}
const { user } = process.cpuUsage(before);
globalThis.gc?.();
const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
const bytes = used();
const series = Array.from({ length: 10_000 }, () => new Detector());
globalThis.gc?.();
const each = (used() - bytes) / series.length;
console.log(JSON.stringify({ nanoseconds: (user * 1_000) / values.length, bytes: each, score }));
