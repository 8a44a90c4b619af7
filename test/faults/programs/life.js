// Records known counts, collects each, and notes recorded and acknowledged steps in a journal that outlives the
// process. It ends when it is killed or receives the request to exit.
import { randomBytes } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { start } from "tachymeter";
import { PeriodicExportingMetricReader } from "tachymeter/metrics";
import { OtlpExporter } from "tachymeter/otlp";

const { way, life, url, directory, journal, ballastBytes } = JSON.parse(process.argv[2]);
const file = openSync(journal, "a");
const note = (text) => writeSync(file, `${text}\n`);

const log = (message) => {
  if (message.includes("cannot be written")) note("disk failed");
  if (message.includes("writable again")) note("disk works");
  if (message.includes("data points dropped")) note(`dropped ${message}`);
};
const logger = { error: log, warn: log, info: log, debug: () => {}, verbose: () => {} };
diag.setLogger(logger, DiagLogLevel.INFO);

const headers = { "x-life": String(life) };
const outbox = { directory };
const { telemetry, flush } = way === "reader" ? byReader() : byExporter();

const meter = telemetry.meterProvider.getMeter("faults");
const steps = meter.createCounter("steps");
const orders = meter.createCounter("orders");
const ballast = randomBytes(ballastBytes).toString("base64");
meter.createGauge("ballast").record(1, { ballast });
let collections = 0;
meter
  .createObservableCounter("collections")
  .addCallback((result) => result.observe(++collections, { life: String(life) }));

process.on("SIGUSR2", () => process.exit());
console.log("begun");
for (let step = 1; ; step++) {
  steps.add(1);
  for (const shop of [1, 2, 3]) orders.add(shop, { shop });
  note(`recorded ${step}`);
  if (await flush()) note(`acknowledged ${step}`);
  await delay(Math.random() * 5);
}

// The complete path of our reader. Its flush collects and waits for the acknowledgement before it starts delivery.
function byReader() {
  const reader = { type: "otlp", url, headers, outbox, timeout: 0.1, interval: 5 };
  const sdk = start({ readers: [reader], host: false, runtime: false });
  return { telemetry: sdk, flush: () => sdk.forceFlush().then(() => true) };
}

// The exporter reports its acknowledgements, and is asked to deliver only now and then. Its time-out is so long that no
// response is too late, even on a busy machine.
function byExporter() {
  const otlp = new OtlpExporter({ url, headers, outbox, timeoutMillis: 30_000 });
  let isAcknowledged = false;
  const exporter = {
    export(metrics, done) {
      otlp.export(metrics, (result) => {
        isAcknowledged = result.error === undefined;
        done(result);
      });
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => otlp.shutdown(),
  };
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const exportNow = async () => {
    isAcknowledged = false;
    await reader.forceFlush();
    // Otherwise the pause after the first failure would be longer than most processes live.
    if (Math.random() < 0.2) void otlp.forceFlush();
    return isAcknowledged;
  };
  const sdk = start({ readers: [reader], host: false, runtime: false });
  return { telemetry: sdk, flush: exportNow };
}
