import { Application } from "tachymeter/facades";
import { expect, test } from "vitest";

const RUNS = 20;
// On 64 bits V8 lays out an object of two fields as five words, and a place of a list as one.
const OBJECT_BYTES = 40;
const PLACE_BYTES = 8;
// As documented: an error of 1 MiB for each garbage collection, of which a run of 1,000,000 objects may take some.
const ERROR_BYTES = 1_048_576;
const ERROR_SHARE = 0.25;

// Not a literal: V8 adds 16 bytes to one, until the function is optimised.
class Entry {
  readonly index: number;
  readonly next: number;

  constructor(index: number) {
    this.index = index;
    this.next = index + 1;
  }
}

let last: unknown;

/** The bytes of each run as they were recorded, the fewest first. */
function recorded(allocate: () => unknown): readonly number[] {
  const application = new Application();
  // In the first ones V8 compiles the function and learns how much room its objects take.
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
  // Half of them at least are exact, but for a page that a large list leaves half empty.
  expect((bytes[RUNS / 2] ?? 0) / allocated).toBeGreaterThan(0.9);
  expect((bytes[RUNS / 2] ?? 0) / allocated).toBeLessThan(1.1);
}

test.each([1_000, 10_000, 100_000, 1_000_000])(
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
