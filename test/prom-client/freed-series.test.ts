// Series that are removed while a document or a collection is read, or by callback `collect`.
import { createRequire } from "node:module";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Collection } from "../../src/engine/collection/collection.ts";
import { metricSources } from "../../src/engine/collection/metric-source.ts";
import { MeterProvider } from "../../src/engine/meter-provider.ts";
import { scopeFrom } from "../../src/engine/scope.ts";
import { Interner } from "../../src/engine/series/interner.ts";
import { SeriesTable } from "../../src/engine/series/series-table.ts";
import { NO_RESOURCE } from "../../src/group/merge/departed.ts";
import { BridgedMetric, type ReadMetric } from "../../src/prom-client/bridge/bridged-metric.ts";
import { Counter, Gauge, Histogram, register, Summary } from "../../src/prom-client/index.ts";
import { LabelRows, storeOptions } from "../../src/prom-client/label-rows.ts";
import { PairTexts } from "../../src/prom-client/sample-lines.ts";
import { metricsOf, OpenReader } from "../engine/our-provider.ts";

const real: typeof import("prom-client") = createRequire(import.meta.url)("prom-client");

afterEach(() => {
  vi.useRealTimers();
  register.clear();
  real.register.clear();
});

const COUNT = 20_000;
const names = Array.from({ length: COUNT }, (_, i) => `j${i}`);

const linesOf = (text: string): string[] => text.split("\n").filter((line) => /^[a-z_]+\{/.test(line));

test.each(["counter", "gauge"] as const)(
  "a document has each series of a %s once, with its value of that time, if all are replaced meanwhile",
  async (type) => {
    const options = { name: "job", help: "h", labelNames: ["job"] };
    const metric = type === "counter" ? new Counter(options) : new Gauge(options);
    const fill = (jobs: readonly string[]): void => jobs.forEach((job, i) => metric.inc({ job }, i + 1));
    fill(names);
    const before = linesOf(await register.metrics());
    const [text] = await Promise.all([
      register.metrics(),
      new Promise(setImmediate).then(() => {
        metric.reset();
        fill(names.toReversed());
      }),
    ]);
    expect(linesOf(text)).toEqual(before);
    expect(linesOf(await register.metrics())).not.toEqual(before);
  },
);

test("a document has each series of a histogram once, if one is removed and added again meanwhile", async () => {
  const options = { name: "took", help: "h", labelNames: ["job"], buckets: [1] };
  const histogram = new Histogram(options);
  for (const job of names) histogram.observe({ job }, 1);
  const before = linesOf(await register.metrics());
  const [text] = await Promise.all([
    register.metrics(),
    new Promise(setImmediate).then(() => {
      histogram.remove("j0");
      histogram.remove("j19999");
      histogram.observe({ job: "j0" }, 1);
      histogram.observe({ job: "j19999" }, 1);
    }),
  ]);
  expect(linesOf(text)).toEqual(before);
});

interface Walk {
  readonly seen: string[];
  next(count: number): void;
}

// A walk in slices over the series of one metric.
function walkOf({ metrics, interner }: Collection, at = 0): Walk {
  const { series } = metrics[at]!;
  const seen: string[] = [];
  const ids = new Int32Array(4);
  let from = 0;
  return {
    seen,
    next(count) {
      series.visit(from, from + count, {
        series: (cells, offset, row) => {
          const pairs = Array.from(ids.subarray(0, series.pairsOf(row, ids)), (id) => interner.valueOf(id));
          const attributes = Object.values(series.attributesOf(row));
          expect(pairs).toEqual(attributes);
          seen.push(`${attributes.join()} ${cells[offset]}`);
        },
      });
      from += count;
    },
  };
}

test.each(["gauge", "summary"])(
  "overlapping collections of several readers have each series of a %s once",
  async (type) => {
    const readers = [new OpenReader(), new OpenReader(), new OpenReader()] as const;
    new MeterProvider({ readers: [...readers] }).collectSources(metricSources());
    const options = { name: "job", help: "h", labelNames: ["job"], percentiles: [0.5] };
    const metric = type === "gauge" ? new Gauge(options) : new Summary(options);
    const put = (job: string, value: number): void =>
      metric instanceof Gauge ? metric.set({ job }, value) : metric.observe({ job }, value);
    const end = type === "gauge" ? "" : ",0.5";
    for (let i = 0; i < 6; i++) put(`j${i}`, i);
    const first = walkOf(await readers[0].producer.collectSeries());
    first.next(4);
    for (let i = 0; i < 6; i++) metric.remove(`j${i}`);
    for (let i = 5; i >= 0; i--) put(`j${i}`, 10 + i);
    const second = walkOf(await readers[1].producer.collectSeries());
    second.next(3);
    metric.remove("j1");
    metric.remove("j5");
    put("new", 20);
    put("j5", 25);
    const third = walkOf(await readers[2].producer.collectSeries());
    for (const walk of [first, second, third]) for (let i = 0; i < 4; i++) walk.next(3);
    const all = [0, 1, 2, 3, 4, 5];
    expect(first.seen.toSorted()).toEqual(all.map((i) => `j${i}${end} ${i}`));
    expect(second.seen.toSorted()).toEqual(all.map((i) => `j${i}${end} ${10 + i}`));
    expect(third.seen.toSorted()).toEqual(
      ["j0 10", "j2 12", "j3 13", "j4 14", "j5 25", "new 20"].map((each) => each.replace(" ", `${end} `)),
    );
  },
);

test("labels of removed series are forgotten once each reader has collected again", async () => {
  const [reader, other] = [new OpenReader(), new OpenReader()];
  new MeterProvider({ readers: [reader, other] }).collectSources(metricSources());
  const gauge = new Gauge({ name: "job", help: "h", labelNames: ["job"] });
  let size = 0;
  for (let round = 0; round < 20; round++) {
    gauge.reset();
    for (let i = 0; i < 10; i++) gauge.set({ job: `${round} ${i}` }, i);
    for (const each of [reader, other]) {
      const collection = await each.producer.collectSeries();
      const walk = walkOf(collection);
      walk.next(100);
      expect(walk.seen.length).toBe(10);
      ({ size } = collection.interner);
    }
  }
  expect(size).toBeLessThanOrEqual(40);
});

function readable(metric: object): ReadMetric {
  if (!("name" in metric) || !("get" in metric)) throw new TypeError("not a metric");
  return Object(metric);
}

test.each(["Counter", "Gauge", "Histogram", "Summary"] as const)(
  "labels of series that the real package's %s removed are forgotten",
  async (type) => {
    const options = { name: "job", help: "h", labelNames: ["job"], buckets: [1], percentiles: [0.5, 0.9] };
    const metric = new real[type](options);
    const bridged = new BridgedMetric(readable(metric), real.register, () => {});
    const interner = new Interner();
    const scope = scopeFrom("prom-client", "", {});
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 10; i++) {
        if (round > 0) metric.remove({ job: `${round - 1} ${i}` });
        const labels = { job: `${round} ${i}` };
        if ("observe" in metric) metric.observe(labels, 1);
        else metric.inc(labels);
      }
      await bridged.collect();
      const metrics = bridged.collected(interner, scope, bridged);
      for (const [at] of metrics.entries())
        walkOf({ resource: NO_RESOURCE, timeUnixMillis: 0, metrics, interner, errors: [] }, at).next(100);
    }
    expect(interner.size).toBeLessThanOrEqual(40);
  },
);

test("texts of removed labels are freed at the start of a document", () => {
  const table = new SeriesTable(storeOptions());
  const texts = new PairTexts(table);
  let longest = 0;
  for (let round = 0; round < 50; round++) {
    const rows = Array.from({ length: 20 }, (_, i) =>
      table.rowOf({ job: `${round} ${i} ${"x".repeat(5_000)}` }),
    );
    texts.begin();
    for (const row of rows) texts.gather(row);
    const { words, places, lengths } = texts;
    const text = Buffer.from(words.buffer, 4 * places[0]!, lengths[0]).toString();
    expect(text).toBe(`job="${String(table.attributesOf(rows.at(-1)!)["job"])}",`);
    longest = Math.max(longest, words.byteLength);
    for (const row of rows) table.free(row);
  }
  // All texts take 5 MB.
  expect(longest).toBeLessThan(2_000_000);
});

describe("series that callback collect removes and records again", () => {
  const BEGIN = 1_700_000_000;
  const reader = new OpenReader();
  new MeterProvider({ readers: [reader] }).collectSources(metricSources());

  // Seconds since the beginning.
  const at = (seconds: number): unknown => vi.setSystemTime((BEGIN + seconds) * 1_000);
  const begin = (): void => void vi.useFakeTimers({ now: BEGIN * 1_000, toFake: ["Date"] });
  const startsOf = async (name: string): Promise<number[]> => {
    const found = (await metricsOf(reader)).find(({ descriptor }) => descriptor.name === name);
    return found?.dataPoints.map(({ startTime }) => startTime[0] - BEGIN) ?? [];
  };
  // One collection each second, after `set` was called with the next value.
  async function startsOfEach<V>(
    name: string,
    values: readonly V[],
    set: (value: V) => void,
  ): Promise<number[][]> {
    const starts: number[][] = [];
    for (const [second, value] of values.entries()) {
      at(second);
      set(value);
      starts.push(await startsOf(name));
    }
    return starts;
  }

  test("a counter continues until its value falls", async () => {
    begin();
    let total = 5;
    const { name } = new Counter({
      name: "queries",
      help: "h",
      labelNames: ["db"],
      collect() {
        this.reset();
        for (const db of ["a", "b"]) this.inc({ db }, db === "a" ? total : 7);
      },
    });
    const starts = await startsOfEach(name, [5, 5, 8, 3, 4], (given) => (total = given));
    expect(starts).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [3, 0],
      [3, 0],
    ]);
  });

  test.each(["reset", "remove"] as const)("a counter without labels continues after %s()", async (method) => {
    begin();
    let calls = 1;
    const { name } = new Counter({
      name: "queries",
      help: "h",
      collect() {
        this[method]();
        this[method]();
        for (let i = 0; i < calls; i++) this.inc();
      },
    });
    const starts = await startsOfEach(name, [3, 4, 2, 2], (given) => (calls = given));
    expect(starts).toEqual([[0], [0], [2], [2]]);
  });

  test.each(["reset", "remove", "zero"] as const)(
    "a histogram continues after %s() until a count falls",
    async (method) => {
      begin();
      let values: readonly number[] = [];
      const { name } = new Histogram({
        name: "size",
        help: "h",
        labelNames: ["a"],
        buckets: [1, 2],
        collect() {
          this[method]({ a: "x" });
          for (const value of values) this.observe({ a: "x" }, value);
        },
      });
      const starts = await startsOfEach(
        name,
        [[1, 2], [1, 2], [1, 1, 2], [1, 2, 2], [2]],
        (given) => (values = given),
      );
      expect(starts).toEqual([[0], [0], [0], [3], [4]]);
    },
  );

  test.each(["reset", "remove"] as const)(
    "a summary continues after %s() until its count falls",
    async (method) => {
      begin();
      let count = 0;
      const { name } = new Summary({
        name: "wait",
        help: "h",
        labelNames: ["a"],
        collect() {
          this[method]({ a: "x" });
          for (let i = 0; i < count; i++) this.observe({ a: "x" }, 1);
        },
      });
      const starts = await startsOfEach(`${name}_count`, [2, 3, 1], (given) => (count = given));
      expect(starts).toEqual([[0], [0], [2]]);
    },
  );

  test("they continue if the callback is asynchronous or fails, and while it still runs", async () => {
    begin();
    let then = (): Promise<void> => Promise.resolve();
    const counter = new Counter({
      name: "queries",
      help: "h",
      labelNames: ["db"],
      async collect() {
        this.reset();
        await Promise.resolve();
        this.inc({ db: "a" }, 5);
        await then();
      },
    });
    expect(await startsOf("queries")).toEqual([0]);
    at(1);
    expect(await startsOf("queries")).toEqual([0]);
    at(2);
    then = () => Promise.reject(new Error("no figure"));
    await expect(counter.get()).rejects.toThrow("no figure");
    expect(await startsOf("queries")).toEqual([0]);
    at(3);
    let release = (): void => {};
    const isPending = new Promise<void>((reached) => {
      then = () =>
        new Promise((resolve) => {
          release = resolve;
          reached();
        });
    });
    const pending = counter.get();
    await isPending;
    delete counter.collect;
    expect(await startsOf("queries")).toEqual([0]);
    release();
    await pending;
  });

  test("they continue if a collection comes between their removal and their figures", async () => {
    begin();
    let [collected, total] = [Promise.resolve(), 5];
    const counter = new Counter({
      name: "queries",
      help: "h",
      labelNames: ["db"],
      async collect() {
        this.reset();
        await collected;
        this.inc({ db: "a" }, total);
      },
    });
    expect(await startsOf("queries")).toEqual([0]);
    at(1);
    let goOn = (): void => {};
    collected = new Promise((resolve) => (goOn = resolve));
    total = 7;
    const pending = counter.get();
    delete counter.collect;
    expect(await startsOf("queries")).toEqual([]);
    goOn();
    await pending;
    expect(await startsOf("queries")).toEqual([0]);
  });

  test("if the callback never ends, the series known as removed are bounded, each as it was at first", () => {
    begin();
    let compared = 0;
    const cells = { countsOf: () => [compared++], empty: () => {} };
    const rows = new LabelRows(new SeriesTable(storeOptions()), ["job"], cells);
    const jobs = Array.from({ length: 100 }, (_, job) => ({ job }));
    const first = rows.startTimeOf(rows.rowOf({ job: "mail" }));
    void rows.whileCollecting(() => new Promise(() => {}));
    for (const labels of jobs) {
      rows.rowOf({ job: "mail" });
      rows.rowOf(labels);
      rows.clear();
    }
    const [mail] = [{ job: "mail" }, ...jobs].map((labels) => rows.rowOf(labels));
    compared = 1_000;
    rows.resume();
    // As many as there were rows.
    expect(compared - 1_000).toBeLessThanOrEqual(3);
    expect(rows.startTimeOf(mail!)).toBe(first);
  });

  test("series that the application removes at other times begin anew", async () => {
    begin();
    const counter = new Counter({ name: "queries", help: "h", labelNames: ["db"], collect() {} });
    counter.inc({ db: "a" }, 5);
    expect(await startsOf("queries")).toEqual([0]);
    at(1);
    counter.reset();
    counter.inc({ db: "a" }, 6);
    expect(await startsOf("queries")).toEqual([1]);
  });
});
