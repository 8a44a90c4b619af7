// Many processes in one: each has our periodic reader, our delivery and an outbox of its own. Only the requests are not
// encoded, but copied from a captured one: instance, times and values are replaced.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MeterProvider } from "tachymeter-modules/src/engine/index.js";
import { OUTBOX } from "tachymeter-modules/src/options/outbox.js";
import { QueuedExporter } from "tachymeter-modules/src/readers/delivery/queued-exporter.js";
import { sendingOf } from "tachymeter-modules/src/readers/otlp/sending.js";
import { PushReader } from "tachymeter-modules/src/readers/push-reader.js";

const { url, directory, interval, series, instances, captured, catchUp, timeout } = JSON.parse(
  process.argv[2],
);
const body = readFileSync(captured.file);
const places = {
  instance: placesOf(Buffer.from(captured.instance)),
  time: placesOf(eightBytes(BigInt(captured.timeUnixNano))),
  value: placesOf(eightBytesOfDouble(captured.value)),
};
if (places.value.length !== series || places.instance.length === 0 || places.time.length < series)
  throw new Error(
    `the captured request has other places: ${places.value.length} values, ${places.time.length} times, ${places.instance.length} instances`,
  );
const failures = {};

console.log("ready");
await once(process.stdin, "data");
process.stdin.unref();
const processes = instances.map((instance) => {
  let collections = 0;
  const encode = () => {
    collections++;
    console.log(`collection ${instance} ${collections}`);
    return [{ body: requestOf(instance, collections), points: series }];
  };
  const sending = sendingOf("http/protobuf", {
    url,
    compression: "gzip",
    timeoutMillis: Math.min(timeout, interval) * 1_000,
  });
  const exporter = new QueuedExporter({
    ...sending,
    send: observed(sending.send, () => exporter.waiting.records),
    encoder: { encode: async () => encode(), encodeSync: encode },
    outbox: OUTBOX.settings({ directory: join(directory, instance), catchUp }),
    meter: () => undefined,
  });
  const reader = new PushReader({
    exporter: Object.assign(exporter, { collectionSink: exporter }),
    intervalMillis: interval * 1_000,
    timeoutMillis: 10_000,
    startShare: Math.random,
    onCollection: () => {},
  });
  const provider = new MeterProvider({ readers: [reader] });
  // A collection without series is not exported.
  provider.getMeter("scale").createCounter("collections").add(1);
  return { exporter, provider };
});
console.log("begun");

const report = setInterval(() => {
  const waiting = processes.reduce((sum, { exporter }) => sum + exporter.waiting.records, 0);
  console.log(`waiting ${waiting}`);
}, 1_000);
process.once("SIGTERM", () => void end());

async function end() {
  clearInterval(report);
  for (const { provider } of processes) await provider.shutdown();
  console.log(`failures ${JSON.stringify(failures)}`);
  process.exit();
}

// Writes when a sender reaches the backend again, and how long it takes for what waits.
function observed(send, waiting) {
  let isFailing = false;
  let catchingUp;
  return async (record, signal) => {
    const begin = performance.now();
    const attempt = await send(record, signal);
    if (attempt.kind === "failed") {
      isFailing = true;
      failures[attempt.errorType] = (failures[attempt.errorType] ?? 0) + 1;
      return attempt;
    }
    if (isFailing && catchingUp === undefined) {
      console.log(`returned ${Date.now()}`);
      catchingUp = { begin, requests: 0 };
    }
    isFailing = false;
    if (catchingUp === undefined) return attempt;
    catchingUp.requests++;
    // The present record is still counted.
    if (waiting() > 1) return attempt;
    console.log(`caught-up ${catchingUp.requests} ${begin - catchingUp.begin}`);
    catchingUp = undefined;
    return attempt;
  };
}

function requestOf(instance, value) {
  const request = Buffer.from(body);
  const time = eightBytes(BigInt(Date.now()) * 1_000_000n);
  for (const place of places.instance) request.write(instance, place);
  for (const place of places.time) time.copy(request, place);
  for (const place of places.value) request.writeDoubleLE(value, place);
  return request;
}

function placesOf(bytes) {
  const found = [];
  for (let at = body.indexOf(bytes); at >= 0; at = body.indexOf(bytes, at + bytes.length)) found.push(at);
  return found;
}

function eightBytesOfDouble(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(number);
  return bytes;
}

function eightBytes(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(number);
  return bytes;
}
