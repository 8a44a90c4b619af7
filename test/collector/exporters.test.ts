import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import {
  ExporterOptionsError,
  MetricsExporter,
  type MetricsSource,
  MultiExporter,
  MultiExportError,
  PeriodicExporter,
  TelemetryCollector,
} from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";

let logged: readonly string[] = [];

beforeEach(() => {
  logged = collectWarnings();
});

afterEach(() => {
  vi.useRealTimers();
  diag.disable();
});

class CsvExporter extends MetricsExporter {
  readonly #file: string;

  constructor(file: string) {
    super();
    this.#file = file;
  }

  override async exportMetrics(source: MetricsSource): Promise<void> {
    const { metrics } = await source.getSnapshot();
    const lines = Object.entries(metrics).map(([key, { value }]) => {
      const name = key.split("{")[0] ?? key;
      const figure = typeof value === "object" ? value.sum : value;
      return [name, source.getMetric?.(name)?.kind ?? "", JSON.stringify(key), figure].join(",");
    });
    await writeFile(this.#file, `name,kind,series,value\n${lines.join("\n")}\n`);
  }
}

/** Runs the given script at each export, and counts how many exports run concurrently. */
class ScriptedExporter extends MetricsExporter {
  exports = 0;
  running = 0;
  mostRunning = 0;
  readonly #script: (number: number) => Promise<void> | void;

  constructor(script: (number: number) => Promise<void> | void = () => {}) {
    super();
    this.#script = script;
  }

  override async exportMetrics(): Promise<void> {
    this.running++;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    try {
      await this.#script(++this.exports);
    } finally {
      this.running--;
    }
  }
}

function failing(): never {
  throw new Error("no way");
}

async function forever(): Promise<void> {
  await new Promise<void>(() => {});
}

test("a custom format writes the metrics of a collector", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tachymeter-"));
  const collector = new TelemetryCollector();
  collector.registerCounter("requests_total").increment(3, { method: "GET" });
  collector.registerGauge("load").set(NaN);
  collector.registerHistogram("wait_seconds").observe(0.5);
  await new CsvExporter(join(folder, "metrics.csv")).exportMetrics(collector);
  expect(await readFile(join(folder, "metrics.csv"), "utf8")).toBe(
    [
      "name,kind,series,value",
      'requests_total,counter,"requests_total{method=\\"GET\\"}",3',
      'load,gauge,"load",NaN',
      'wait_seconds,histogram,"wait_seconds",0.5',
      "",
    ].join("\n"),
  );
  await rm(folder, { recursive: true });
});

test("failing exporters do not stop the others, and are reported", async () => {
  const good = [new ScriptedExporter(), new ScriptedExporter()];
  const multi = new MultiExporter([
    good[0]!,
    new ScriptedExporter(failing),
    new (class extends MetricsExporter {
      override exportMetrics(): Promise<void> {
        throw new TypeError("at once");
      }
    })(),
    good[1]!,
  ]);
  const error: unknown = await multi.exportMetrics(new TelemetryCollector()).catch((cause: unknown) => cause);
  expect(good.map(({ exports }) => exports)).toEqual([1, 1]);
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toBeInstanceOf(MultiExportError);
  expect(error).toMatchObject({
    code: "TACHYMETER_MULTI_EXPORT",
    message: "multi exporter: 2 of 4 exporters failed; see errors for why",
    errors: [{ message: "no way" }, { message: "at once" }],
  });
  await new MultiExporter(good).exportMetrics(new TelemetryCollector());
  await new MultiExporter([]).exportMetrics(new TelemetryCollector());
});

test("an exporter that never finishes delays the others only once", async () => {
  vi.useFakeTimers();
  let finish = (): void => {};
  const slow = new ScriptedExporter(() => new Promise((resolve) => (finish = resolve)));
  const good = new ScriptedExporter();
  const multi = new MultiExporter([slow, good], { timeout: 3 });
  const collector = new TelemetryCollector();
  const first = multi.exportMetrics(collector).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await first).toMatchObject({
    errors: [{ message: 'exporter "ScriptedExporter" did not finish within 3.0 s' }],
  });
  await expect(multi.exportMetrics(collector)).rejects.toMatchObject({
    errors: [{ message: 'exporter "ScriptedExporter" still has not finished an earlier export' }],
  });
  expect([slow.exports, good.exports]).toEqual([1, 2]);
  finish();
  await vi.advanceTimersByTimeAsync(0);
  void multi.exportMetrics(collector).catch(() => {});
  expect([slow.exports, good.exports]).toEqual([2, 3]);
});

test("a periodic exporter exports after each interval, and once more when it is stopped", async () => {
  vi.useFakeTimers();
  const exporter = new ScriptedExporter();
  const periodic = new PeriodicExporter(exporter, new TelemetryCollector());
  await periodic.start();
  await periodic.start();
  await vi.advanceTimersByTimeAsync(29_999);
  expect(exporter.exports).toBe(0);
  await vi.advanceTimersByTimeAsync(60_001);
  expect(exporter.exports).toBe(3);
  await Promise.all([periodic.stop(), periodic.stop()]);
  expect(exporter.exports).toBe(4);
  await periodic.stop();
  await vi.advanceTimersByTimeAsync(90_000);
  expect(exporter.exports).toBe(4);
  expect(vi.getTimerCount()).toBe(0);
  await periodic.start();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(exporter.exports).toBe(5);
  await periodic.stop();
});

test("the last call of start and stop decides, without waiting for the earlier ones", async () => {
  vi.useFakeTimers();
  const exporter = new ScriptedExporter();
  const periodic = new PeriodicExporter(exporter, new TelemetryCollector(), 30);
  await periodic.start();
  await Promise.all([periodic.stop(), periodic.start(), periodic.stop()]);
  expect(exporter.exports).toBe(1);
  await vi.advanceTimersByTimeAsync(90_000);
  expect(exporter.exports).toBe(1);
  await periodic.start();
  await Promise.all([periodic.stop(), periodic.start(), periodic.stop(), periodic.start()]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(exporter.exports).toBe(3);
  await periodic.stop();
});

test("a failed export is retried after growing delays, with full jitter", async () => {
  vi.useFakeTimers();
  const times: number[] = [];
  const exporter = new ScriptedExporter((number) => {
    times.push(performance.now());
    if (number <= 4) failing();
  });
  const halves = { retries: 5, random: () => 0.5 };
  const periodic = new PeriodicExporter(exporter, new TelemetryCollector(), 30, halves);
  await periodic.start();
  const startedMillis = performance.now();
  await vi.advanceTimersByTimeAsync(59_999);
  expect(times.map((time) => time - startedMillis)).toEqual([30_000, 30_250, 30_750, 31_750, 33_750]);
  expect(logged).toEqual([]);
  await periodic.stop();
});

test("a retry exports only to the exporters that failed, also in a multi exporter within another one", async () => {
  vi.useFakeTimers();
  const good = [new ScriptedExporter(), new ScriptedExporter()] as const;
  const bad = new ScriptedExporter((number) => {
    if (number <= 2) failing();
  });
  const multi = new MultiExporter([good[0], new MultiExporter([good[1], bad])]);
  const periodic = new PeriodicExporter(multi, new TelemetryCollector(), 30);
  await periodic.start();
  await vi.advanceTimersByTimeAsync(59_999);
  expect([...good, bad].map(({ exports }) => exports)).toEqual([1, 1, 3]);
  await periodic.stop();
  expect([...good, bad].map(({ exports }) => exports)).toEqual([2, 2, 4]);
});

test("retries end after their maximum number, and before the next export is due", async () => {
  vi.useFakeTimers();
  const exportsIn = async (interval: number, retries: number): Promise<number> => {
    const exporter = new ScriptedExporter(failing);
    const options = { retries, random: () => 1 };
    const periodic = new PeriodicExporter(exporter, new TelemetryCollector(), interval, options);
    await periodic.start();
    await vi.advanceTimersByTimeAsync(interval * 1000 * 2 - 1);
    const { exports } = exporter;
    await periodic.stop();
    expect(exporter.mostRunning).toBe(1);
    return exports;
  };
  expect(await exportsIn(30, 0)).toBe(1);
  expect(await exportsIn(30, 3)).toBe(4);
  expect(await exportsIn(2, 5)).toBe(3);
  expect(await exportsIn(0.1, 5)).toBe(1);
  expect(logged).toHaveLength(4);
});

test("failures are logged at most once a minute, and never thrown", async () => {
  vi.useFakeTimers();
  const periodic = new PeriodicExporter(new ScriptedExporter(failing), new TelemetryCollector(), 10, {
    retries: 0,
  });
  await periodic.start();
  await vi.advanceTimersByTimeAsync(130_000);
  expect(logged.map((message) => /(\d+) exports failed/.exec(message)?.[1])).toEqual(["1", "6", "6"]);
  await periodic.stop();
});

test("an export that never finishes is not overlapped, and stopping waits for it only briefly", async () => {
  vi.useFakeTimers();
  const exporter = new ScriptedExporter(forever);
  const periodic = new PeriodicExporter(exporter, new TelemetryCollector(), 30);
  await periodic.start();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(exporter.exports).toBe(1);
  expect(logged[0]).toContain("1 exports failed");
  let isStopped = false;
  const stopped = periodic.stop().then(() => (isStopped = true));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(isStopped).toBe(true);
  await stopped;
  expect(vi.getTimerCount()).toBe(0);
});

test("stopping lets a running export finish before the last one, and ends waiting for a retry", async () => {
  vi.useFakeTimers();
  const slow = new ScriptedExporter(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
  const periodic = new PeriodicExporter(slow, new TelemetryCollector(), 30);
  await periodic.start();
  await vi.advanceTimersByTimeAsync(30_500);
  const stopped = periodic.stop();
  await vi.advanceTimersByTimeAsync(4_000);
  await stopped;
  expect([slow.exports, slow.mostRunning]).toEqual([2, 1]);

  const broken = new ScriptedExporter((number) => (number === 1 ? failing() : undefined));
  const waiting = new PeriodicExporter(broken, new TelemetryCollector(), 300, { random: () => 1 });
  await waiting.start();
  await vi.advanceTimersByTimeAsync(300_000);
  await waiting.stop();
  expect(broken.exports).toBe(3);
});

test("exporters refuse invalid arguments, all at once", () => {
  // @ts-expect-error: callers without types may pass anything.
  expect(() => new MultiExporter([5])).toThrow(
    "multi exporter: exporters must be a list of objects with a method exportMetrics, got [ 5 ]",
  );
  expect(() => new MultiExporter([], { timeout: 0 })).toThrow(ExporterOptionsError);
  const collector = new TelemetryCollector();
  // @ts-expect-error: callers without types may pass anything.
  expect(() => new PeriodicExporter(undefined, 5, 30, { retries: -1 })).toThrow(
    "periodic exporter: 3 problems; see tachymeter/docs/configuration.md\n" +
      "  exporter must be an object with a method exportMetrics, got undefined\n" +
      "  collector must be a TelemetryCollector, got 5\n" +
      "  retries must be a whole number from 0 to 1000000, got -1",
  );
  for (const interval of [0, -1, NaN, Infinity, 1e10]) {
    expect(() => new PeriodicExporter(new ScriptedExporter(), collector, interval)).toThrow(
      /^periodic exporter: interval must be a number of seconds above 0/,
    );
  }
});
