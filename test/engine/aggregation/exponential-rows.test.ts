import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exponentialHistogramOf, READING } from "../../../src/engine/aggregation/exponential-reading.ts";
import { ExponentialRows } from "../../../src/engine/aggregation/exponential-rows.ts";
import type { Part } from "../../../src/engine/aggregation/store.ts";
import { rowsOf } from "../../../src/group/memory/rows.ts";
import { runs } from "../../kit/test-length.ts";

const shape = { maxSize: 8, maxScale: 20, recordMinMax: true };

function rowsWith(...all: readonly (readonly number[])[]): ExponentialRows {
  const rows = new ExponentialRows(shape);
  for (const [row, values] of all.entries()) {
    rows.pages.reserve(row);
    for (const value of values) rows.record(rows.pages.pageOf(row), rows.pages.offsetOf(row), value);
  }
  return rows;
}

function readingOf(rows: ExponentialRows, row: number): Float64Array {
  const reading = new Float64Array(rows.readingLength);
  rows.read(row, reading);
  return reading;
}

const values = fc.array(
  fc.oneof(
    fc.constant(0),
    fc.integer({ min: -1000, max: 1000 }),
    fc.double({ min: -1e300, max: 1e300, noNaN: true }),
    fc.constant(2 ** -1074),
  ),
  { maxLength: 30 },
);

describe("adding a reading to a row", () => {
  test("equals recording all values in it, in any order", () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const rows = rowsWith(a, b, c, [...a, ...b, ...c], []);
        for (const row of [2, 0, 1]) rows.add(4, readingOf(rows, row), 0);
        const { sum, ...found } = exponentialHistogramOf(readingOf(rows, 4));
        const { sum: expected, ...others } = exponentialHistogramOf(readingOf(rows, 3));
        expect(found).toEqual(others);
        const size = [...a, ...b, ...c].reduce((total, value) => total + Math.abs(value), 0);
        expect(Math.abs((sum ?? 0) - (expected ?? 0))).toBeLessThanOrEqual(1e-9 * size);
      }),
      { numRuns: runs(300) },
    );
  });

  test("reads from any place of an array, and counts beyond 16 bits", () => {
    const rows = rowsWith([1, 1000], []);
    const reading = readingOf(rows, 0);
    const placed = new Float64Array(reading.length + 7);
    placed.set(reading, 7);
    for (let i = 0; i < 17; i++) {
      rows.add(1, placed, 7);
      placed.set(readingOf(rows, 1), 7);
    }
    expect(rows.countOf(1)).toBe(2 ** 17);
    const { positive } = exponentialHistogramOf(readingOf(rows, 1));
    expect(positive.bucketCounts.filter((count) => count > 0)).toEqual([2 ** 16, 2 ** 16]);
  });

  test("an empty reading changes nothing", () => {
    const rows = rowsWith([3, -4, 0], []);
    const before = readingOf(rows, 0);
    rows.add(0, readingOf(rows, 1), 0);
    expect(readingOf(rows, 0)).toEqual(before);
  });
});

describe("a reading of a row that is written by another thread", () => {
  const cases: readonly (readonly [string, readonly number[], (rows: ExponentialRows) => void])[] = [
    [
      "the count, but not its bucket",
      [1, 2],
      (rows) => void rows.pages.pageOf(0).cells[rows.pages.offsetOf(0)]!++,
    ],
    [
      "the count of a negative value, but not its bucket",
      [-1, 2],
      (rows) => void rows.pages.pageOf(0).cells[rows.pages.offsetOf(0)]!++,
    ],
  ];

  test.each(cases)("is refused after %s", (_, recorded, write) => {
    const rows = rowsWith(recorded);
    const reading = new Float64Array(rows.readingLength);
    expect(rows.readWhole(0, reading)).toBe(true);
    write(rows);
    expect(rows.readWhole(0, reading)).toBe(false);
  });

  test.each([
    ["positive", 1],
    ["negative", -1],
  ])("is refused if the window of %s values moved meanwhile", (_, sign) => {
    const rows = rowsWith([sign * 4, sign * 4]);
    const reading = new Float64Array(rows.readingLength);
    // A visit of the copy, as if another thread recorded at that moment.
    let hasMoved = false;
    const moving = new Proxy(reading, {
      set(target, key, value) {
        if (!hasMoved && key === String(READING.zeroCount)) {
          hasMoved = true;
          const page = rows.pages.pageOf(0);
          const offset = rows.pages.offsetOf(0);
          rows.record(page, offset, sign * 4.00002);
          // As if the recording's count had been there before.
          page.cells[offset]!--;
        }
        return Reflect.set(target, key, value, target);
      },
      get: (target, key) => Reflect.get(target, key, target),
    });
    expect(rows.readWhole(0, moving)).toBe(false);
    expect(hasMoved).toBe(true);
  });

  test("has the count of its buckets if the thread has ended", () => {
    const rows = rowsOf({ kind: "exponentialHistogram", ...shape });
    const reading = readingOf(rowsWith([1, 2, -3, 0]), 0);
    reading[READING.count]!++;
    rows.reserve(0);
    rows.set(0, reading, 0);
    rows.readEnded(0, reading);
    expect(reading[READING.count]).toBe(4);
  });

  test("is as before a change of its windows, or as after it, if the thread has ended in the change", () => {
    for (const lastCall of [0, 1, 2, 3]) {
      const theirs = new ExponentialRows(shape);
      const shared: [part: Part, page: Float64Array][] = [];
      const written = new ExponentialRows(shape, {
        isOrdered: true,
        page: (part, cells) => {
          const page = new Float64Array(cells);
          shared.push([part, page]);
          return page;
        },
        added: () => {},
        freed: () => {},
      });
      written.pages.reserve(0);
      const page = written.pages.pageOf(0);
      for (const value of [1, 1.1, 1.2, -1, -1.1]) written.record(page, 0, value);
      const before = exponentialHistogramOf(readingOf(written, 0));
      // The end of a thread, seen from another one: after a call, nothing more is written.
      let calls = 0;
      const ending = <Result>(call: () => Result): Result => {
        if (++calls > lastCall) throw new Error("ended");
        return call();
      };
      const words = new Uint16Array(page.words.buffer);
      const cells = new Float64Array(page.cells.buffer);
      page.words.fill = (...args) => ending(() => words.fill(...args));
      page.cells.set = (...args) => ending(() => cells.set(...args));
      expect(() => {
        for (const value of [2, 4]) written.record(page, 0, value);
      }).toThrow("ended");
      for (const [part, each] of shared) theirs.adopt(part, new Float64Array(each.buffer));
      theirs.finish();
      const { positive, negative } = exponentialHistogramOf(readingOf(theirs, 0));
      const recorded = Math.floor(lastCall / 2);
      expect(positive.bucketCounts.reduce((sum, count) => sum + count, 0)).toBe(3 + recorded);
      expect(negative.bucketCounts.reduce((sum, count) => sum + count, 0)).toBe(2);
      expect(before.positive.bucketCounts.length).toBeGreaterThan(1);
    }
  });
});
