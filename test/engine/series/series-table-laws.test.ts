// Compares the table with a plain set of canonical texts, for any calls of both.
import type { Attributes } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import { SeriesTable } from "../../../src/engine/series/series-table.ts";
import { runs } from "../../kit/test-length.ts";

type Entries = readonly (readonly [string, unknown])[];

const keys = fc.constantFrom("a", "b", "c", "__proto__", "left out", "left out too");
const values = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>("x", "y", "1", 1, 2, true, null, undefined) },
  fc.constantFrom<unknown>(0, -0, NaN, 1.5, "", [], ["x"], [1], { p: 1 }, { p: "1" }, [[1]], () => 1),
  fc.string({ maxLength: 3 }),
);
const sets = fc.uniqueArray(fc.tuple(keys, values), { maxLength: 5, selector: ([key]) => key });
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant("record" as const), sets) },
    fc.tuple(fc.constantFrom("free" as const, "retain" as const, "release" as const), sets),
  ),
  { maxLength: 120, size: "max" },
);
const isKept = (key: string): boolean => !key.startsWith("left out");

test("sets and rows are one to one, whatever is recorded, freed, held and released", () => {
  fc.assert(
    fc.property(steps, fc.nat(10), (given, limit) => {
      const table = new SeriesTable({ interner: new Interner(), limit, keep: isKept });
      const plain = new PlainTable(limit);
      for (const [kind, set] of given) {
        const row = table.rowOf(attributesFrom(set));
        const name = plain.record(canonical(set));
        expect(nameOf(table, row)).toBe(name);
        if (kind === "retain") {
          table.retain(row);
          plain.retain(name);
        } else if (kind === "release" && table.isHeld(row)) {
          table.release(row);
          plain.release(name);
        }
        expect(table.isHeld(row)).toBe(plain.isHeld(name));
        expect(kind === "free" && table.free(row)).toBe(kind === "free" && plain.free(name));
        expect(liveNames(table)).toEqual(plain.liveNames());
        expect(table.size).toBe(liveNames(table).filter((live) => live !== OVERFLOW).length);
      }
      // Nothing of a freed set is kept: the pairs are those of live rows, and the overflow series' own.
      const rows = Array.from({ length: table.rowCount }, (_, row) => row).filter(
        (row) => row > 0 && table.isLive(row),
      );
      expect(table.interner.size).toBe(new Set(rows.flatMap((row) => pairsOf(table, row))).size + 1);
    }),
    { numRuns: runs(300) },
  );
});

test("thousands of sets that come and go are found unchanged", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(5000)), fc.integer({ min: 1, max: 4 }), (numbers, width) => {
      const table = new SeriesTable({ interner: new Interner(), limit: 3000 });
      const plain = new PlainTable(3000);
      for (const number of numbers.take(8000)) {
        // One digit of the number for each key but the last, which has the rest.
        const set = Array.from({ length: width }, (_, i): [string, number] => {
          const rest = Math.floor(number / 10 ** i);
          return [`k${i}`, i === width - 1 ? rest : rest % 10];
        });
        const row = table.rowOf(attributesFrom(set));
        const name = plain.record(canonical(set));
        if (nameOf(table, row) !== name) throw new Error(`${nameOf(table, row)} in the place of ${name}`);
        if (number % 3 === 0 && table.free(row) !== plain.free(name)) throw new Error(`${name} is not freed`);
      }
      expect(liveNames(table)).toEqual(plain.liveNames());
    }),
    { numRuns: runs(20) },
  );
});

const OVERFLOW = canonical([["otel.metric.overflow", true]]);

/** The table's behaviour, without regard to speed. */
class PlainTable {
  readonly #limit: number;
  readonly #live = new Set<string>();
  readonly #holds = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  record(name: string): string {
    const room = this.#limit + (this.#live.has(OVERFLOW) ? 1 : 0);
    const recorded = this.#live.has(name) || this.#live.size < room ? name : OVERFLOW;
    this.#live.add(recorded);
    return recorded;
  }

  retain(name: string): void {
    this.#holds.set(name, (this.#holds.get(name) ?? 0) + 1);
  }

  release(name: string): void {
    this.#holds.set(name, (this.#holds.get(name) ?? 0) - 1);
  }

  isHeld(name: string): boolean {
    return (this.#holds.get(name) ?? 0) > 0;
  }

  free(name: string): boolean {
    return !this.isHeld(name) && this.#live.delete(name);
  }

  liveNames(): string[] {
    return [...this.#live].toSorted();
  }
}

function liveNames(table: SeriesTable): string[] {
  const rows = Array.from({ length: table.rowCount }, (_, row) => row).filter((row) => table.isLive(row));
  return rows.map((row) => nameOf(table, row)).toSorted();
}

function nameOf(table: SeriesTable, row: number): string {
  return canonical(Object.entries(table.attributesOf(row)));
}

function pairsOf(table: SeriesTable, row: number): number[] {
  return Array.from({ length: table.pairCountOf(row) }, (_, index) => table.pairAt(row, index));
}

// With an own `__proto__`, and with values that only plain JavaScript can pass.
function attributesFrom(set: Entries): Attributes {
  const attributes: Attributes = Object(Object.fromEntries(set));
  return attributes;
}

function canonical(set: Entries): string {
  return set
    .filter(([key, value]) => isKept(key) && value !== undefined && typeof value !== "function")
    .map(([key, value]) => `${JSON.stringify(key)} ${typeof value} ${contentOf(value)}`)
    .toSorted()
    .join();
}

function contentOf(value: unknown): string {
  return Number.isNaN(value) ? "NaN" : JSON.stringify(value);
}
