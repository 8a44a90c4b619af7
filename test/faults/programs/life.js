// A life: records known counts, has each collected, and notes what was recorded and what was acknowledged in a journal
// that outlives it. It ends when it is killed, or when it is told to exit.
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
  if (message.includes("can be written again")) note("disk works");
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

// The whole way of a reader of ours. Its flush has collected, and has that acknowledged, before it looks after delivery.
function byReader() {
  const reader = { type: "otlp", url, headers, outbox, timeout: 0.1, interval: 5 };
  const sdk = start({ readers: [reader], host: false, runtime: false });
  return { telemetry: sdk, flush: () => sdk.forceFlush().then(() => true) };
}

// The exporter says itself when it has acknowledged an export, and is not asked to deliver but now and then. It waits for
// so long that no answer comes too late, even where the machine had no time for it.
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
    // Without it the first failure would be waited out for longer than most lives last.
    if (Math.random() < 0.2) void otlp.forceFlush();
    return isAcknowledged;
  };
  const sdk = start({ readers: [reader], host: false, runtime: false });
  return { telemetry: sdk, flush: exportNow };
}
