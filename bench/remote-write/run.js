// CPU time from the series to the bytes of remote write and of OTLP, by turns. Prints a table of medians. Needs
// `npm run build:bench`.
import { fromBuild } from "../build.js";
import { otel, WalkingReader } from "../contenders.js";
import { attributeSets } from "../data.js";
import * as loops from "../loops.js";
import { median, mustBe } from "../measure.js";

const ROUNDS = Number(process.env.ROUNDS ?? 200);
const SERIES = 10_000;
const POINT_BYTES = 40;

const { RemoteWriteEncoder } = await fromBuild("readers/prometheus/remote-write/encode.js");
const { OtlpEncoder } = await fromBuild("readers/otlp/encode/index.js");
const { snappy } = await fromBuild("io/bytes/snappy.js");
const { meter, reader } = await otel.tachymeter({ reader: new WalkingReader() });
const sets = attributeSets(SERIES);
const counter = meter.createCounter("c");
const [remoteWrite, otlp] = [new RemoteWriteEncoder(), new OtlpEncoder()];
const encodedBy = async (encoder) => encoder.encodeSync(await reader.producer.collectSeries());
let requests = [];
const CASES = {
  "collection to remote write 2.0": async () => (requests = await encodedBy(remoteWrite)),
  "the same, first collection": () => encodedBy(new RemoteWriteEncoder()),
  "its compression": () => requests.map(({ body }) => snappy(body)),
  "collection to OTLP": () => encodedBy(otlp),
};

const results = Object.keys(CASES).map(() => []);
for (let round = -50; round < ROUNDS; round++) {
  loops.addToEach(counter, sets, SERIES);
  for (const [i, work] of Object.values(CASES).entries()) {
    const begin = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(begin);
    if (round >= 0) results[i].push((user + system) / 1_000);
  }
}
mustBe(requests.reduce((sum, { body }) => sum + body.length, 0) > SERIES * POINT_BYTES, true);

console.log(`| ${SERIES} series | CPU time | least |\n|---|---|---|`);
for (const [i, name] of Object.keys(CASES).entries())
  console.log(`| ${name} | ${median(results[i]).toFixed(2)} ms | ${Math.min(...results[i]).toFixed(2)} ms |`);
