import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { HistogramBlock } from "../../../src/history/store/block.ts";
import { openSqlite } from "../../../src/history/store/sqlite.ts";
import { Store } from "../../../src/history/store/index.ts";
import { type Collected, Collections, blocksOf } from "./collections.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { runs } from "../../kit/test-length.ts";

const INTERVAL = 1_000;
const DAY = 86_400_000;
const START = 1_000_000;

function opened(): Store {
  return Store.open({ path: ":memory:", intervalMillis: INTERVAL, now: () => 0 });
}

function histogramsOf(store: Store): readonly HistogramBlock[] {
  const metric = store.metrics()[0]!.name;
  return [...blocksOf(store, metric).values()].flat().map((block) => {
    if (block.kind !== "histograms") throw new Error("numbers");
    return block;
  });
}

// Values recorded between collections; `undefined`: the process restarted.
const recordings = fc.array(
  fc.option(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { maxLength: 5 }), { nil: undefined }),
  { minLength: 1, maxLength: 150, size: "max" },
);

const BOUNDS = [-1, 0, 0.5, 2];

function explicitCells(values: readonly number[]): readonly number[] {
  const counts = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  for (const value of values) counts[BOUNDS.filter((bound) => bound < value).length]!++;
  return [values.reduce((a, b) => a + b, 0), ...counts];
}

const UNKNOWN: readonly number[] = [-Infinity, Infinity];

function extremesOf(values: readonly number[]): readonly number[] {
  return [Math.min(...values), Math.max(...values)];
}

function widest(extremes: readonly (readonly number[])[]): readonly number[] {
  return [Math.min(...extremes.map(([min]) => min!)), Math.max(...extremes.map(([, max]) => max!))];
}

test("histograms are read as collected, and the increase of a block is that of its points, including restarts", () => {
  fc.assert(
    fc.property(recordings, fc.boolean(), (given, hasMinMax) => {
      const store = opened();
      const collections = new Collections();
      let recorded: number[] = [];
      const expected = given.map((values, i) => {
        recorded = values === undefined ? [] : [...recorded, ...values];
        const cells = explicitCells(recorded);
        const extremes = hasMinMax ? extremesOf(recorded) : [];
        const series: Collected = {
          id: 0,
          cells: [...cells, ...extremes],
          type: "histogram",
          layout: { kind: "buckets", bounds: BOUNDS, hasMinMax },
        };
        store.append(collections.at(START + i * INTERVAL, [series]));
        return cells;
      });
      recorded = [];
      const extremes = given.map((values) => {
        recorded = values === undefined ? [] : [...recorded, ...values];
        return hasMinMax ? extremesOf(recorded) : UNKNOWN;
      });
      const blocks = histogramsOf(store);
      expect(blocks.flatMap((block) => [...block.times()])).toEqual(
        given.map((_, i) => START + i * INTERVAL),
      );
      expect(blocks.flatMap((block) => [...block.rows()])).toEqual(expected.flat());
      let at = 0;
      for (const block of blocks) {
        const rows = expected.slice(at, (at += block.count));
        const [min, max] = widest(extremes.slice(at - block.count, at));
        expect(block.extremes()).toEqual({ min, max });
        expect([...block.extremesOfRows()]).toEqual(extremes.slice(at - block.count, at).flat());
        expect([...block.bounds]).toEqual(BOUNDS);
        expect([...block.first()]).toEqual(rows[0]);
        expect([...block.last()]).toEqual(rows.at(-1));
        // The sum of doubles depends on the order.
        expect([...block.increase()].slice(1)).toEqual(riseOf(rows).slice(1));
        expect(block.increase()[0]).toBeCloseTo(riseOf(rows)[0]!, 6);
      }
      store.close();
    }),
    { numRuns: runs(50) },
  );
});

function riseOf(rows: readonly (readonly number[])[]): number[] {
  const countOf = (row: readonly number[]): number => row.slice(1).reduce((a, b) => a + b, 0);
  const rise = rows[0]!.map(() => 0);
  rows.slice(1).forEach((row, i) => {
    const before = rows[i]!;
    const isNew = countOf(row) < countOf(before);
    row.forEach((cell, k) => (rise[k]! += cell - (isNew ? 0 : before[k]!)));
  });
  return rise;
}

// An exponential histogram of the values, as defined by OpenTelemetry.
function exponentialCells(values: readonly number[], scale: number): readonly number[] {
  const indexOf = (value: number): number => Math.ceil(Math.log2(Math.abs(value)) * 2 ** scale) - 1;
  const window = (side: readonly number[]): { offset: number; counts: number[] } => {
    const indices = side.map(indexOf);
    const offset = Math.min(...indices, Infinity);
    if (offset === Infinity) return { offset: 0, counts: [] };
    const counts = Array.from({ length: Math.max(...indices) - offset + 1 }, () => 0);
    for (const index of indices) counts[index - offset]!++;
    return { offset, counts };
  };
  const positive = window(values.filter((value) => value > 0));
  const negative = window(values.filter((value) => value < 0));
  return [
    values.reduce((a, b) => a + b, 0),
    values.filter((value) => value === 0).length,
    scale,
    positive.offset,
    positive.counts.length,
    negative.offset,
    negative.counts.length,
    ...positive.counts,
    ...negative.counts,
  ];
}

const measured = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0.001, max: 1_000, noNaN: true }),
  fc.double({ min: -1_000, max: -0.001, noNaN: true }),
);

const someMeasured = fc.array(measured, { minLength: 1, maxLength: 130, size: "max" });

test("points without buckets do not make others coarser", () => {
  const store = opened();
  const collections = new Collections();
  // Without buckets the engine reports scale 0.
  const points = [[0], [0, 0], [0, 0, 100], [0, 0, 100, 101]].map((values, i) =>
    exponentialCells(values, i < 2 ? 0 : 20),
  );
  points.forEach((cells, i) => {
    const layout = { kind: "exponential", hasMinMax: false } as const;
    store.append(collections.at(START + i * INTERVAL, [{ id: 0, cells, type: "histogram", layout }]));
  });
  const [block] = histogramsOf(store);
  expect(block?.exponential?.scale).toBe(20);
  const above = Math.min(...(block?.bounds ?? []).filter((bound) => bound >= 100));
  expect(above).toBeCloseTo(100, 3);
});

test("values of exponential histograms stay within their bounds while the scale gets coarser", () => {
  fc.assert(
    fc.property(someMeasured, fc.boolean(), (values, hasMinMax) => {
      const store = opened();
      const collections = new Collections();
      values.forEach((_, i) => {
        const scale = Math.max(0, 4 - Math.floor(i / 30));
        const seen = values.slice(0, i + 1);
        const cells = [...exponentialCells(seen, scale), ...(hasMinMax ? extremesOf(seen) : [])];
        const layout = { kind: "exponential", hasMinMax } as const;
        const series: Collected = { id: 0, cells, type: "histogram", layout };
        store.append(collections.at(START + i * INTERVAL, [series]));
      });
      let at = 0;
      for (const block of histogramsOf(store)) {
        const { bounds } = block;
        const width = bounds.length + 2;
        expect([...bounds]).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
        const rows = block.rows();
        for (let i = 0; i < block.count; i++, at++) {
          // All rows are counted, but bounds are only checked for some.
          if (i % 20 !== 0) continue;
          const row = rows.subarray(i * width, (i + 1) * width);
          let below = 0;
          const seen = values.slice(0, at + 1);
          const extremes = block.extremesOfRows().subarray(2 * i, 2 * i + 2);
          expect([...extremes]).toEqual(hasMinMax ? extremesOf(seen) : UNKNOWN);
          bounds.forEach((bound, k) => {
            below += row[1 + k]!;
            // A value may equal a bound that is a power of two, whose logarithm is not exact.
            const counted = (slack: number): number => seen.filter((value) => value <= bound + slack).length;
            const slack = Math.abs(bound) * 1e-9;
            expect(below).toBeGreaterThanOrEqual(counted(-slack));
            expect(below).toBeLessThanOrEqual(counted(slack));
          });
          expect(below + row.at(-1)!).toBe(at + 1);
        }
        // The sum of doubles depends on the order.
        const rise = [...block.last()].map((cell, k) => cell - block.first()[k]!);
        expect([...block.increase()].slice(1)).toEqual(rise.slice(1));
      }
      expect(at).toBe(values.length);
      store.close();
    }),
    { numRuns: runs(25) },
  );
});

test("a program of schema version 1 does not read histograms with min and max", () => {
  const path = join(newFolder("kinds"), "history.db");
  const store = Store.open({ path, intervalMillis: INTERVAL, now: () => 0 });
  const [bounds, cells] = [[1], [3, 0, 1]];
  const given: readonly Collected[] = [
    { id: 0, type: "histogram", layout: { kind: "buckets", bounds }, cells },
    {
      id: 1,
      type: "histogram",
      layout: { kind: "buckets", bounds, hasMinMax: true },
      cells: [...cells, 3, 3],
    },
    {
      id: 2,
      type: "histogram",
      layout: { kind: "exponential", hasMinMax: true },
      cells: [0, 0, 0, 0, 0, 0, 0, 1, 1],
    },
  ];
  store.append(new Collections().at(START, given));
  store.close();
  const database = openSqlite(path, true);
  const rows = database.prepare<{ text: string }>("SELECT text FROM texts WHERE text LIKE '%kind%'").all();
  database.close();
  expect(rows.map(({ text }) => JSON.parse(text))).toEqual([
    { kind: "buckets", bounds },
    { kind: "buckets_with_extremes", bounds },
    { kind: "exponential_with_extremes" },
  ]);
});

test("a reader has the bounds of later histograms after the earlier ones were removed", () => {
  const path = join(newFolder("bounds"), "history.db");
  const clock = { now: START };
  const options = { path, intervalMillis: INTERVAL, metricsMillis: DAY, now: () => clock.now };
  const written = (instance: string, bounds: readonly number[]): void => {
    const store = Store.open(options);
    store.maintain();
    const cells = [1, 1, 0];
    const series: Collected = { id: 0, type: "histogram", layout: { kind: "buckets", bounds }, cells };
    const collections = new Collections(instance);
    for (let i = 0; i < 70; i++) store.append(collections.at(clock.now + i * INTERVAL, [series]));
    store.close();
  };
  const boundsOf = (store: Store) => histogramsOf(store).map(({ bounds }) => [...bounds]);
  written("a", [5]);
  const reader = Store.open({ path, readOnly: true });
  expect(new Set(boundsOf(reader).flat())).toEqual(new Set([5]));
  clock.now = START + 10 * DAY;
  written("b", [100]);
  expect(new Set(boundsOf(reader).flat())).toEqual(new Set([100]));
  reader.close();
});
