// A day without a collector, with one collection of 10,000 series per minute and a simulated clock. Measures the
// memory, and the time to catch up. The disk, the requests and the encoding are real.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { fromBuild } from "./build.js";
import { otel, WalkingReader } from "./contenders.js";
import { attributeSets } from "./data.js";
import * as loops from "./loops.js";
import { median, mustBe } from "./measure.js";

const SERIES = 10_000;
const MINUTE = 60_000;
const MINUTES = 24 * 60;
const MEBIBYTE = 1024 * 1024;

/** Measurements by name. */
export const outages = {
  "24 h of outage, growth of memory from its first hours": async () => {
    const { hourly, ...rest } = await outage();
    // Medians of a few hours each, since memory that the garbage collector has not yet freed varies.
    const growth = median(hourly.slice(-6)) - median(hourly.slice(0, 6));
    return { unit: "MiB", value: growth / MEBIBYTE, ...rest };
  },
  "24 h of outage, minutes to catch up": async () => {
    const { minutes, ...rest } = await outage();
    return { unit: "min", value: minutes, ...rest };
  },
};

/**
 * Returns the memory after each hour of the outage, in bytes, and the minutes from its end until the queue is empty.
 */
async function outage() {
  const folder = await mkdtemp(join(tmpdir(), "tachymeter-bench-"));
  const clock = new TurnedClock();
  const { collect } = await collections();
  const receiver = new Receiver();
  const exporter = await queuedExporterTo(await receiver.start(), join(folder, "outbox"), clock);
  const hourly = [];
  const produce = async () => {
    await exporter.exportCollection(await collect());
    await clock.sleep(MINUTE);
  };
  try {
    await during(produce(), clock);
    mustBe(receiver.requests, 1);
    await receiver.stop();
    for (let minute = 1; minute <= MINUTES; minute++) {
      await during(produce(), clock);
      if (minute % 60 === 0) hourly.push(memory());
    }
    const waitingBytes = exporter.waiting.bytes;
    mustBe(exporter.waiting.records, MINUTES);
    await receiver.start();
    const end = clock.monotonicMillis();
    while (exporter.waiting.records > 0) await during(produce(), clock, () => exporter.waiting.records === 0);
    mustBe(receiver.requests, 1 + MINUTES + Math.floor((clock.monotonicMillis() - end) / MINUTE) + 1);
    return {
      hourly,
      minutes: (clock.monotonicMillis() - end) / MINUTE,
      waitingMebibytes: waitingBytes / MEBIBYTE,
    };
  } finally {
    await receiver.stop();
    await exporter.shutdown();
    await rm(folder, { recursive: true });
  }
}

async function collections() {
  const sdk = await otel.tachymeter({ reader: new WalkingReader() });
  const counter = sdk.meter.createCounter("c");
  const sets = attributeSets(SERIES);
  const collect = async () => {
    loops.addToEach(counter, sets, SERIES);
    return sdk.reader.producer.collectSeries();
  };
  return { collect };
}

async function queuedExporterTo(url, directory, clock) {
  const { QueuedExporter } = await fromBuild("readers/delivery/queued-exporter.js");
  const { sendingOf } = await fromBuild("readers/otlp/sending.js");
  const { OUTBOX } = await fromBuild("options/outbox.js");
  return new QueuedExporter({
    ...sendingOf("http/protobuf", { url, timeoutMillis: 1_000 }),
    // `fsync` would measure this machine's disk.
    outbox: OUTBOX.settings({ directory, fsync: "never" }),
    meter: () => undefined,
    clock,
  });
}

function memory() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Advances the time until the work is done, or the condition holds: whenever delivery and production sleep. */
async function during(work, clock, condition = () => false) {
  const done = new AbortController();
  const settled = work.finally(() => done.abort());
  while (!done.signal.aborted && !condition()) {
    clock.turn(2);
    await setImmediate();
  }
  if (done.signal.aborted) await settled;
}

/** A clock that advances only while all its users sleep. */
class TurnedClock {
  #sleepers = new Set();
  #millis = 0;
  #begin = Date.now();

  unixMillis() {
    return this.#begin + this.#millis;
  }

  monotonicMillis() {
    return this.#millis;
  }

  sleep(millis, signal) {
    return new Promise((resolve) => {
      const sleeper = { due: this.#millis + millis };
      sleeper.wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", sleeper.wake);
        resolve();
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake);
      if (signal?.aborted) sleeper.wake();
    });
  }

  turn(parties) {
    if (this.#sleepers.size < parties) return;
    const [first] = [...this.#sleepers].toSorted((a, b) => a.due - b.due);
    this.#millis = Math.max(this.#millis, first.due);
    first.wake();
  }
}

/** Accepts every request. */
class Receiver {
  requests = 0;
  #port = 0;
  #server;

  async start() {
    this.#server = createServer((request, response) => {
      request.resume().on("end", () => {
        this.requests++;
        response.setHeader("content-type", "application/x-protobuf").end();
      });
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = this.#server.address().port;
    return `http://127.0.0.1:${this.#port}/v1/metrics`;
  }

  async stop() {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
