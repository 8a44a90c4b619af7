// One process with a configuration file that changes in one way: prints the longest turns of the event loop.
import { mkdtempSync, openSync, readSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { entryFile } from "../build.js";
import { mustBe } from "../measure.js";

const RELOADS = 15;
const SERIES = 1_000;
const folder = mkdtempSync(join(tmpdir(), "tachymeter-reload-"));
const file = join(folder, "otel.yaml");

const push = (interval) =>
  `periodic: { interval: ${interval}, exporter: { otlp_file/development: { output_stream: "file://${folder}/a.jsonl" } } }`;
const rule = (i, limit) =>
  `{ alert: Rule${i}, expr: "sum by (kind) (rate(work_total[1m])) > ${limit}", for: 5m, labels: { severity: page } }`;
const ruleList = (count, limit) =>
  `{ name: own, rules: [${Array.from({ length: count }, (_, i) => rule(i, limit)).join(", ")}] }`;

// The difference of each reload from the one before it.
const CHANGES = {
  nothing: () => ({}),
  interval: (i) => ({ interval: 1_000 + i }),
  reader: (i) => ({
    reader:
      i % 2 === 1 ? "periodic: { exporter: { otlp_http: { endpoint: http://127.0.0.1:1/v1/metrics } } }" : "",
  }),
  endpoint: (i) => ({
    reader: i % 2 === 1 ? "pull: { exporter: { prometheus/development: { host: 127.0.0.1, port: 0 } } }" : "",
  }),
  pushgateway: (i) => ({
    reader:
      i % 2 === 1 ? "periodic: { exporter: { pushgateway: { url: http://127.0.0.1:1, job: shop } } }" : "",
  }),
  views: (i) => ({ view: `work${i}` }),
  alerts: (i) => ({ alerts: i % 2 === 1 ? "true" : "false" }),
  rules: (i) => ({ alerts: `{ monitors: true, rules: [${ruleList(100, i)}] }` }),
  invalid: (i) => ({ interval: -1 - i }),
};

function write({ interval = 1_000, reader = "", view = "work", alerts = "false" }) {
  writeFileSync(
    file,
    `file_format: "1.1"
resource: { attributes: [{ name: service.name, value: shop }] }
meter_provider:
  readers:
    - pull: { exporter: { prometheus/development: { host: 127.0.0.1, port: 0 } } }
    - ${push(interval)}
${reader === "" ? "" : `    - ${reader}\n`}  views:
${Array.from({ length: 20 }, (_, i) => `    - selector: { instrument_name: http.${i}.* }\n      stream: { attribute_keys: { excluded: [user.*] } }`).join("\n")}
    - selector: { instrument_name: ${view} }
      stream: { attribute_keys: { included: [kind] } }
distribution: { tachymeter: { host: false, runtime: false, group: false, alerts: ${alerts} } }
`,
  );
}

const change = CHANGES[process.argv[2]];
write(change(0).interval < 0 ? {} : change(0));
process.env.OTEL_CONFIG_FILE = file;
process.env.OTEL_LOG_LEVEL = "none";
const { start } = await import(pathToFileURL(entryFile("index.js")).href);
const telemetry = start();
await telemetry.ready;
const counter = telemetry.meterProvider.getMeter("shop").createCounter("work");
// CPU time of the main thread on Linux, which other programs do not lengthen; else the time.
const schedule = process.platform === "linux" ? openSync("/proc/thread-self/schedstat") : undefined;
const text = Buffer.alloc(64);
function millis() {
  if (schedule === undefined) return performance.now();
  return parseInt(text.latin1Slice(0, readSync(schedule, text, 0, 64, 0))) / 1e6;
}
let [longest, last, isOver, i] = [0, millis(), false, 0];
function turn() {
  longest = Math.max(longest, millis() - last);
  // The load itself does not count.
  for (let end = i + 200; i < end; i++) counter.add(1, { kind: "card", i: i % SERIES });
  last = millis();
  if (!isOver) setImmediate(turn);
}
turn();
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
await pause(200);

async function reload(index) {
  write(change(index));
  await pause(20);
  longest = 0;
  last = millis();
  const isValid = await telemetry.reload().then(
    () => true,
    () => false,
  );
  mustBe(isValid, process.argv[2] !== "invalid");
  await pause(50);
  return longest;
}

const first = await reload(1);
const later = [];
for (let index = 2; index < RELOADS + 2; index++) later.push(await reload(index));
isOver = true;
await telemetry.shutdown();
rmSync(folder, { recursive: true, force: true });
console.log(JSON.stringify({ first, later }));
