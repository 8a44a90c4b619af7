import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { diag, DiagLogLevel } from "@opentelemetry/api";
import { Detector } from "tachymeter/anomalies";
import { Anomalies, selectorFrom } from "../../src/anomalies/parts.ts";
import { Events } from "../../src/events/events.ts";
import { GivenSource } from "../../src/query/given-source.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";
import { hasEnded } from "../../src/anomalies/running/ended-series.ts";
import { JudgedSeries } from "../../src/anomalies/running/judged-series.ts";
import { UnusualSpans } from "../../src/anomalies/running/unusual-spans.ts";
import type { Labels, SampleSeries, Source } from "../../src/query/index.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";

const watched = {
  metric: "kernel_queue_size",
  kind: "value",
  type: "gauge",
  expression: "kernel_queue_size",
  rank: 3,
  selectedBy: [],
} as const;
const labels = { kernel: "a" };
const STEP = 15;

/** A series that its detector knows for 1,000 values, and the time of the next one. */
function knownSeries(): { readonly series: JudgedSeries; readonly next: number } {
  const normal = normalNumbers(3);
  const detector = new Detector();
  for (let i = 0; i < 999; i++) detector.push(i * STEP, 100 + normal());
  const series = new JudgedSeries(watched, labels, 0.07, { state: detector.state() });
  expect(series.push(999 * STEP, 100)).toBeUndefined();
  return { series, next: 1_000 * STEP };
}

test("a missing value is an anomaly once it is overdue, until ten usual values", () => {
  const { series, next } = knownSeries();
  const overdue = series.overdueAt ?? Infinity;
  expect(overdue).toBeGreaterThan(next + 5 * STEP);
  expect(overdue).toBeLessThan(next + 20 * STEP);
  expect(series.miss(overdue)).toMatchObject({ metric: "kernel_queue_size", detector: "missing" });
  expect(series.miss(overdue + STEP)).toBeUndefined();
  expect([series.isActive, series.score]).toEqual([true, 0.5]);
  // The same anomaly.
  for (let i = 0; i < 12; i++) expect(series.push(overdue + (20 + i) * STEP, 100 + (i % 3))).toBeUndefined();
  expect(series.isActive).toBe(false);
});

test("a series that ends or is idle causes no alarm, and its next value causes none", () => {
  const { series, next } = knownSeries();
  const alarms = [series.push(next, Number.NaN)];
  expect([series.score, series.isActive]).toEqual([undefined, false]);
  const later = next + 1_000 * STEP;
  for (let i = 0; i < 20; i++) alarms.push(series.push(later + i * STEP, 100 + (i % 3)));
  series.interrupt();
  for (let i = 0; i < 20; i++) alarms.push(series.push(later + (2_000 + i) * STEP, 100 + (i % 3)));
  expect(alarms.every((alarm) => alarm === undefined)).toBe(true);
});

test("a series has ended if its last sample is a stale marker", async () => {
  const sourceOf = (stale: readonly number[], further = {}): Source => ({
    async *select(): AsyncGenerator<SampleSeries> {
      yield {
        labels: { __name__: "kernel_queue_size", ...labels, ...further },
        times: Float64Array.of(1_000, 2_000),
        values: Float64Array.of(1, 1),
        stale: Uint8Array.from(stale),
      };
    },
  });
  const { signal } = new AbortController();
  const ended = (source: Source): Promise<boolean> =>
    hasEnded(source, { watched, labels }, 3_000, 60, signal);
  expect(await ended(sourceOf([0, 1]))).toBe(true);
  expect(await ended(sourceOf([1, 0]))).toBe(false);
  expect(await ended(sourceOf([0, 1], { host: "another" }))).toBe(false);
});

test("an alarm of the detector or of the model is an anomaly, with the higher score of both", () => {
  const { series, next } = knownSeries();
  series.learned = { score: 0.7, anomalous: true, expected: [90, 110] };
  expect(series.push(next, 100)).toMatchObject({ score: 0.7, detector: "learned", expected: [90, 110] });
  expect(series.score).toBe(0.7);
  series.learned = { score: 0.01, anomalous: false };
  series.push(next + STEP, 1_000);
  expect(series.score).toBeGreaterThan(0.5);
});

test("the times at which a series was unusual are kept, also after its end", () => {
  const { series, next } = knownSeries();
  const spans = new UnusualSpans();
  spans.note([series], next);
  expect(spans.all()).toEqual([]);
  series.push(next, 1_000);
  spans.note([series], next);
  const span = { metric: "kernel_queue_size", kind: "value", labels, from: next };
  expect(spans.all()).toEqual([{ ...span, to: undefined }]);
  series.interrupt();
  spans.note([series], next + STEP);
  expect(spans.all()).toEqual([{ ...span, to: next + STEP }]);
});

test("series are watched even if the history fails", async () => {
  let selections = 0;
  const source = new GivenSource(
    {
      async *select({ to }) {
        selections++;
        yield {
          labels: { __name__: "kernel_queue_size", ...labels },
          times: Float64Array.of(to),
          values: Float64Array.of(1),
        };
      },
    },
    { metadata: async () => [{ name: "kernel_queue_size", type: "gauge", help: "", unit: "" }] },
  );
  const fails = (): Promise<never> => Promise.reject(new Error("the thread has ended"));
  const history = { models: fails, putModel: fails, trainWindow: fails, trainJoint: fails };
  const file = join(newFolder("anomalies"), "shop.db.anomalies");
  const warnings = collectWarnings();
  const anomalies = Anomalies.begin({
    settings: { selectors: [], maxSeries: 500, falseAlarmsPerDay: 0.07 },
    source,
    events: new Events(),
    meter: undefined,
    intervalMillis: 20,
    file,
    service: "shop",
    keepsRanges: false,
    learned: { history, stepMillis: 60_000 },
  });
  await expect.poll(() => selections, { timeout: 30_000 }).toBeGreaterThan(3);
  await anomalies.close();
  diag.disable();
  expect(readFileSync(file, "utf8")).toContain("value kernel_queue_size");
  expect(warnings).toContainEqual(expect.stringContaining("models are not applied: the thread has ended"));
});

test("one of two that use a history keeps what it learned, and the other takes over at its end", async () => {
  const file = join(newFolder("anomalies"), "shop.db.anomalies");
  const begin = (queue: string): Anomalies =>
    Anomalies.begin({
      settings: { selectors: [], maxSeries: 500, falseAlarmsPerDay: 0.07 },
      source: new GivenSource(
        {
          async *select({ to }): AsyncGenerator<SampleSeries> {
            yield {
              labels: { __name__: "kernel_queue_size", queue },
              times: Float64Array.of(to),
              values: Float64Array.of(1),
            };
          },
        },
        { metadata: async () => [{ name: "kernel_queue_size", type: "gauge", help: "", unit: "" }] },
      ),
      events: new Events(),
      meter: undefined,
      intervalMillis: 20,
      file,
      service: "shop",
      keepsRanges: true,
      learned: undefined,
    });
  const isWatched = (anomalies: Anomalies, queue: string): boolean =>
    anomalies.expectedAt({ metrics: ["kernel_queue_size"], kind: "value", labels: { queue } }, [0]) !==
    undefined;
  const [first, second] = [begin("mail"), begin("print")];
  await expect
    .poll(() => isWatched(first, "mail") && isWatched(second, "print"), { timeout: 30_000 })
    .toBe(true);
  await second.close();
  expect(existsSync(file)).toBe(false);
  const third = begin("scan");
  await expect.poll(() => isWatched(third, "scan"), { timeout: 30_000 }).toBe(true);
  await first.close();
  expect(readFileSync(file, "utf8")).toContain("mail");
  // The states of the first one are kept beside those of the third one.
  await expect
    .poll(() => readdirSync(dirname(file)).filter((name) => name.startsWith(".shop.db.anomalies-owner-")), {
      timeout: 30_000,
    })
    .toHaveLength(1);
  await third.close();
  const states = readFileSync(file, "utf8");
  expect([states.includes("mail"), states.includes("print"), states.includes("scan")]).toEqual([
    true,
    false,
    true,
  ]);
  expect(readdirSync(dirname(file))).toEqual(["shop.db.anomalies"]);
});

test("the expected range of the only series of a metric is kept, and none if there are several", async () => {
  let hosts = ["a"];
  const source = new GivenSource(
    {
      async *select({ to }): AsyncGenerator<SampleSeries> {
        for (const host of hosts)
          yield {
            labels: { __name__: "kernel_queue_size", host },
            times: Float64Array.of(to),
            values: Float64Array.of(100 + (Math.round(to / 20) % 7)),
          };
      },
    },
    { metadata: () => Promise.resolve([{ name: "kernel_queue_size", type: "gauge", help: "", unit: "" }]) },
  );
  const anomalies = Anomalies.begin({
    settings: { selectors: [], maxSeries: 500, falseAlarmsPerDay: 0.07 },
    source,
    events: new Events(),
    meter: undefined,
    intervalMillis: 20,
    file: undefined,
    service: "shop",
    keepsRanges: true,
    learned: undefined,
  });
  onTestFinished(() => anomalies.close());
  const metric = { metrics: ["kernel_queue_size"], kind: "value" } as const;
  const bandAt = (wanted: Labels): ReturnType<Anomalies["expectedAt"]> =>
    anomalies.expectedAt({ ...metric, labels: wanted }, [0, Date.now() / 1_000]);
  let band: ReturnType<Anomalies["expectedAt"]>;
  // It is known for twice the interval only.
  const lowest = (): number | null => (band = bandAt({ host: "a" }))?.low[1] ?? null;
  await expect.poll(lowest, { timeout: 60_000 }).not.toBeNull();
  expect(bandAt({})).toBeDefined();
  expect([band?.low[0], band?.high[0]]).toEqual([null, null]);
  expect(band?.low[1]).toBeLessThan(103);
  expect(band?.high[1]).toBeGreaterThan(103);
  expect(bandAt({ host: "b" })).toBeUndefined();
  hosts = ["a", "b"];
  await expect.poll(() => bandAt({}), { timeout: 30_000 }).toBeUndefined();
  expect(bandAt({ host: "a" })).toBeDefined();
});

test("the expected range of a part is not that of the whole, if a selector leaves out the rest", async () => {
  const source = new GivenSource(
    {
      async *select({ to, matchers }): AsyncGenerator<SampleSeries> {
        for (const queue of ["mails", "letters"])
          if (matchers.every(({ label, value }) => label !== "queue" || value === queue))
            yield {
              labels: { __name__: "waiting", queue },
              times: Float64Array.of(to),
              values: Float64Array.of(1),
            };
      },
    },
    { metadata: () => Promise.resolve([{ name: "waiting", type: "gauge", help: "", unit: "" }]) },
  );
  const anomalies = Anomalies.begin({
    settings: {
      selectors: [selectorFrom('waiting{queue="mails"}')!],
      maxSeries: 500,
      falseAlarmsPerDay: 0.07,
    },
    source,
    events: new Events(),
    meter: undefined,
    intervalMillis: 20,
    file: undefined,
    service: "shop",
    keepsRanges: true,
    learned: undefined,
  });
  onTestFinished(() => anomalies.close());
  const bandAt = (wanted: Labels): ReturnType<Anomalies["expectedAt"]> =>
    anomalies.expectedAt({ metrics: ["waiting"], kind: "value", labels: wanted }, [0]);
  await expect.poll(() => bandAt({ queue: "mails" }), { timeout: 30_000 }).toBeDefined();
  expect(bandAt({})).toBeUndefined();
});

test("expected ranges are withheld only while series are left out, which is logged once", async () => {
  let hosts = ["a", "b"];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.INFO);
  onTestFinished(() => diag.disable());
  const source = new GivenSource(
    {
      async *select({ to }): AsyncGenerator<SampleSeries> {
        for (const host of hosts)
          yield {
            labels: { __name__: "kernel_queue_size", host },
            times: Float64Array.of(to),
            values: Float64Array.of(1),
          };
      },
    },
    { metadata: () => Promise.resolve([{ name: "kernel_queue_size", type: "gauge", help: "", unit: "" }]) },
  );
  const anomalies = Anomalies.begin({
    settings: { selectors: [], maxSeries: 2, falseAlarmsPerDay: 0.07 },
    source,
    events: new Events(),
    meter: undefined,
    intervalMillis: 20,
    file: undefined,
    service: "shop",
    keepsRanges: true,
    learned: undefined,
  });
  onTestFinished(() => anomalies.close());
  const isKnown = (): boolean =>
    anomalies.expectedAt({ metrics: ["kernel_queue_size"], kind: "value", labels: { host: "a" } }, [0]) !==
    undefined;
  await expect.poll(isKnown, { timeout: 30_000 }).toBe(true);
  hosts = ["a", "b", "c"];
  await expect.poll(isKnown, { timeout: 30_000 }).toBe(false);
  hosts = ["a", "b"];
  await expect.poll(isKnown, { timeout: 30_000 }).toBe(true);
  hosts = ["a", "b", "c"];
  await expect.poll(isKnown, { timeout: 30_000 }).toBe(false);
  expect(logged.filter((line) => line.includes("anomalies.maxSeries"))).toHaveLength(1);
});
