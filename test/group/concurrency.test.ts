// Threads that record while the main thread reads their cells.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application, packedModules } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

beforeAll(packedModules);

const folder = join(import.meta.dirname, "concurrency");

/** Result of a run: recordings of each instrument, and how many of them the group lacks or has too much. */
interface Result {
  readonly problems: readonly string[];
  readonly collections: number;
  readonly turns: number;
  readonly missing: number;
  readonly extra: number;
  readonly sumOff: number;
  readonly repaired: number;
}

async function resultOf(...args: readonly number[]): Promise<Result> {
  const files = ["main.mjs", "thread.mjs"].map((name) => [name, readFileSync(join(folder, name), "utf8")]);
  const cwd = await application(Object.fromEntries(files));
  return JSON.parse(await outputOf(runNode({ cwd, args: ["main.mjs", ...args.map(String)] })));
}

const turns = isLong ? 25_000_000 : 500_000;

test(`4 threads record ${turns} times each into each instrument: no row is wrong, and totals are exact`, async () => {
  const result = await resultOf(4, turns);
  expect(result).toMatchObject({ problems: [], turns: 4 * turns, missing: 0, extra: 0, sumOff: 0 });
  expect(result.collections).toBeGreaterThan(2);
});

test.each([
  ["the same series", []],
  ["new series, whose buckets move", [40]],
])(
  "threads that are terminated amid recording into %s lack at most one recording each, and nothing is added",
  async (_, turnsPerSeries) => {
    const threads = isLong ? 20 : 8;
    for (let round = 0; round < (isLong ? 30 : 1); round++) {
      const result = await resultOf(threads, Number.MAX_SAFE_INTEGER, 100, ...turnsPerSeries);
      expect(result.problems).toEqual([]);
      // A recording may be under way, or may be done and not noted yet.
      expect(result.missing).toBeLessThanOrEqual(threads);
      expect(result.extra).toBeLessThanOrEqual(threads);
    }
  },
);
