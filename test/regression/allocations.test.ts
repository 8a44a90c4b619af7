import { Application } from "tachymeter/facades";
import { expect, test } from "vitest";
import { application as applicationOf } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";
import { isLong } from "../kit/test-length.ts";

const RUNS = 20;
// On 64 bits V8 lays out an object of two fields as five words, and an array element as one.
const OBJECT_BYTES = 40;
const PLACE_BYTES = 8;
// The documented error is 1 MiB per garbage collection. A run of very many objects may have some collections.
const ERROR_BYTES = 1_048_576;
const ERROR_SHARE = 0.25;

// Not a literal: V8 adds 16 bytes to one until the function is optimised.
class Entry {
  readonly index: number;
  readonly next: number;

  constructor(index: number) {
    this.index = index;
    this.next = index + 1;
  }
}

let last: unknown;

/** The recorded bytes of each run, in increasing order. */
function recorded(allocate: () => unknown): readonly number[] {
  const application = new Application();
  // In the first runs V8 compiles the function and learns the size of its objects.
  for (let run = 0; run < 5; run++) allocate();
  for (let run = 0; run < RUNS; run++) application.trackAllocations("build", allocate);
  return application
    .getCollectedMetrics()
    .map(({ value }) => value)
    .toSorted((a, b) => a - b);
}

function expectAllToBeAbout(bytes: readonly number[], allocated: number): void {
  expect(bytes).toHaveLength(RUNS);
  const error = ERROR_BYTES + ERROR_SHARE * allocated;
  expect(bytes.filter((value) => Math.abs(value - allocated) > error)).toEqual([]);
  // At least half of the runs are exact, except for a page that a large array leaves half empty.
  expect((bytes[RUNS / 2] ?? 0) / allocated).toBeGreaterThan(0.9);
  expect((bytes[RUNS / 2] ?? 0) / allocated).toBeLessThan(1.1);
}

test.each([1_000, 10_000, 100_000, isLong ? 1_000_000 : 300_000])(
  "each of 20 runs that allocate %d objects is recorded, whether they become garbage or not",
  (count) => {
    const garbage = recorded(() => {
      for (let index = 0; index < count; index++) last = new Entry(index);
    });
    expectAllToBeAbout(garbage, count * OBJECT_BYTES);
    const kept = recorded(() => {
      const list: unknown[] = Array(count);
      for (let index = 0; index < count; index++) list[index] = new Entry(index);
      last = list;
    });
    expectAllToBeAbout(kept, count * (OBJECT_BYTES + PLACE_BYTES));
    expect(last).toHaveLength(count);
  },
);

// Without optimised code, a reading of the heap allocates: a collection often begins right after it.
test("garbage collections just after a run do not count", async () => {
  const cwd = await applicationOf({
    "app.mjs": `import { Application } from "tachymeter/facades";
      const application = new Application();
      let last;
      const build = () => { for (let i = 0; i < 200; i++) last = [i, i]; };
      const sizes = [];
      for (let run = 0; run < 20_000; run++) {
        application.trackAllocations("build", build);
        if (run % 100 === 99) sizes.push(...application.getCollectedMetrics().slice(-100).map(({ value }) => value));
      }
      // The documented error of a collection during a run.
      console.log(sizes.length, sizes.some((size) => size > 0), sizes.filter((size) => size > 1_100_000));`,
  });
  const args = ["--no-opt", "--min-semi-space-size=4", "--max-semi-space-size=4", "app.mjs"];
  const child = runNode({ cwd, args });
  expect(await outputOf(child)).toBe("20000 true []\n");
});
