import fc from "fast-check";
import { expect, test } from "vitest";
import { sharedMemory } from "./shared-store.ts";
import { Pages } from "../../../src/engine/aggregation/pages.ts";
import { runs } from "../../kit/test-length.ts";

test("every row has its own cells, on pages of a few kilobytes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 3000 }), (width, rows) => {
      const pages = new Pages({ emptyRow: Array.from({ length: width }, () => 0) });
      pages.reserve(rows - 1);
      const places = Array.from(
        { length: rows },
        (_, row) => [pages.pageOf(row), pages.offsetOf(row)] as const,
      );
      for (const [row, [page, offset]] of places.entries()) page.fill(row, offset, offset + width);
      const ownCells = places.filter(([page, offset], row) =>
        page.subarray(offset, offset + width).every((cell) => cell === row),
      );
      expect(ownCells.length).toBe(rows);
      for (const page of pages.pages) expect(page.byteLength).toBeLessThanOrEqual(Math.max(4096, width * 8));
    }),
    { numRuns: runs(50) },
  );
});

test("growth adds pages and moves none", () => {
  const pages = new Pages({ emptyRow: [0] });
  pages.reserve(0);
  const first = pages.pageOf(0);
  pages.reserve(100_000);
  expect(pages.pageOf(0)).toBe(first);
  expect(pages.pageOf(100_000)).not.toBe(first);
});

test("new and cleared rows equal the empty row", () => {
  const pages = new Pages({ emptyRow: [-0, 1, Infinity] });
  pages.reserve(500);
  const cells = (row: number): number[] => [
    ...pages.pageOf(row).subarray(pages.offsetOf(row), pages.offsetOf(row) + 3),
  ];
  pages.pageOf(123).fill(7);
  pages.clear(123);
  expect(cells(123)).toEqual([-0, 1, Infinity]);
  expect(cells(500)).toEqual([-0, 1, Infinity]);
  expect(cells(122)).toEqual([7, 7, 7]);
});

test("pages can be in memory that threads share", () => {
  const pages = new Pages({ emptyRow: [-0], memory: sharedMemory });
  pages.reserve(0);
  expect(pages.pageOf(0).buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(pages.pageOf(0)[0]).toBe(-0);
});

test("a row that was not reserved throws", () => {
  expect(() => new Pages({ emptyRow: [0] }).pageOf(3)).toThrow("row 3: not reserved; reserve it first");
});
