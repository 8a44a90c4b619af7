import fc from "fast-check";
import { AggregationType } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { EXPLICIT_CELLS } from "../../../src/engine/aggregation/explicit-histogram-store.ts";
import { READING } from "../../../src/engine/aggregation/exponential-reading.ts";
import type { CollectedMetric } from "../../../src/engine/collection/collected-metric.ts";
import { AggregationTemporality } from "../../../src/engine/sdk-values.ts";
import { TestGroup, type TestMember } from "../members.ts";
import { runs } from "../../kit/test-length.ts";

const step = fc.record({
  do: fc.constantFrom("record", "record", "record", "record", "join", "leave"),
  who: fc.nat(4),
  series: fc.nat(3),
  value: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1e9, noNaN: true })),
});

const options = {
  cardinalityLimit: 3,
  views: [
    {
      instrumentName: "exponential",
      aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 6 } },
    } as const,
  ],
};

/** Sum, count and buckets of a series. Buckets of an exponential histogram are counts of values up to a bound. */
interface Figures {
  readonly sum: number;
  readonly counts: ReadonlyMap<number, number>;
  readonly scale: number;
}

function figuresOf(kind: CollectedMetric["kind"], cells: Float64Array, offset: number): Figures {
  const counts = new Map<number, number>();
  if (kind === "sum") return { sum: cells[offset]!, counts, scale: 0 };
  if (kind === "histogram") {
    const first = offset + EXPLICIT_CELLS.buckets;
    // 15 boundaries.
    for (let i = 0; i < 16; i++) counts.set(i, cells[first + i]!);
    return { sum: cells[offset + EXPLICIT_CELLS.sum]!, counts, scale: 0 };
  }
  for (let i = 0; i < cells[offset + READING.positiveLength]!; i++)
    counts.set(cells[offset + READING.positiveOffset]! + i, cells[offset + READING.counts + i]!);
  counts.set(-Infinity, cells[offset + READING.zeroCount]!);
  return { sum: cells[offset + READING.sum]!, counts, scale: cells[offset + READING.scale]! };
}

async function figures(group: TestGroup): Promise<Map<string, Figures>> {
  const found = new Map<string, Figures>();
  for (const { descriptor, series, kind } of (await group.collect()).metrics)
    series.visit(0, series.length, {
      series: (cells, offset, row) => {
        const key = `${descriptor.name} ${JSON.stringify(series.attributesOf(row))}`;
        found.set(key, figuresOf(kind, cells, offset));
      },
    });
  return found;
}

/** Counts at a coarser scale. */
function coarser({ counts, scale }: Figures, to: number): Map<number, number> {
  const found = new Map<number, number>();
  for (const [index, count] of counts) {
    const at = index === -Infinity ? index : index >> (scale - to);
    found.set(at, (found.get(at) ?? 0) + count);
  }
  return found;
}

function record(who: TestGroup | TestMember, series: number, value: number): void {
  const meter = who.provider.getMeter("any");
  meter.createCounter("counter").add(value, { series });
  for (const name of ["explicit", "exponential"]) meter.createHistogram(name).record(value, { series });
}

interface Run {
  readonly group: TestGroup;
  readonly steps: readonly { do: string; who: number; series: number; value: number }[];
  readonly isOrdered: boolean;
  readonly onRecord?: (value: number) => void;
}

async function run(
  { group, steps, isOrdered, onRecord }: Run,
  afterEach: () => Promise<void>,
): Promise<void> {
  const members: TestMember[] = [];
  for (const each of steps) {
    if (each.do === "join" && members.length < 4) members.push(group.join(isOrdered));
    else if (each.do === "leave") {
      const [left] = members.splice(each.who, 1);
      if (left !== undefined) group.leave(left);
    } else {
      record(members[each.who] ?? group, each.series, each.value);
      onRecord?.(each.value);
    }
    await afterEach();
  }
}

test("no sum and no bucket of a group ever falls, also if a series moves to the overflow series", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, isOrdered) => {
      const group = new TestGroup({ options });
      let before = new Map<string, Figures>();
      await run({ group, steps, isOrdered }, async () => {
        const now = await figures(group);
        for (const [key, earlier] of before) {
          // The row of a series without members is reused for a new one.
          const overflow = `${key.slice(0, key.indexOf(" "))} {"otel.metric.overflow":true}`;
          const later = now.get(key) ?? now.get(overflow);
          if (later === undefined) throw new Error(`${key} is missing`);
          const moved = [...before].filter(
            ([other]) => !now.has(other) && other.startsWith(overflow.split(" ")[0]!),
          );
          const all = key === overflow ? [earlier, ...moved.map(([, each]) => each)] : [earlier];
          const sum = all.reduce((total, each) => total + each.sum, 0);
          expect(later.sum).toBeGreaterThanOrEqual(all.length === 1 ? sum : sum * (1 - 1e-12));
          expect(later.scale).toBeLessThanOrEqual(hasBuckets(earlier) ? earlier.scale : Infinity);
          const scaled = all.map((each) => coarser(each, hasBuckets(each) ? later.scale : each.scale));
          for (const bucket of new Set(scaled.flatMap((counts) => [...counts.keys()]))) {
            const count = scaled.reduce((total, counts) => total + (counts.get(bucket) ?? 0), 0);
            expect(later.counts.get(bucket) ?? 0).toBeGreaterThanOrEqual(count);
          }
        }
        before = now;
      });
    }),
    { numRuns: runs(100) },
  );
});

function hasBuckets({ counts }: Figures): boolean {
  return [...counts.keys()].some((index) => index !== -Infinity);
}

test("what a delta reader gets adds up to what was recorded", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      async (steps, every) => {
        const group = new TestGroup({ options, temporality: AggregationTemporality.DELTA });
        // Has one series of all recordings.
        const truth = new TestGroup({ options });
        const found = new Map<string, Figures[]>();
        const take = async (): Promise<void> => {
          for (const [key, each] of await figures(group)) {
            const name = key.slice(0, key.indexOf(" "));
            found.set(name, [...(found.get(name) ?? []), each]);
            for (const count of each.counts.values()) expect(count).toBeGreaterThanOrEqual(0);
          }
        };
        let i = 0;
        const onRecord = (value: number): void => record(truth, 0, value);
        await run({ group, steps, isOrdered: true, onRecord }, async () => {
          if (++i % every === 0) await take();
        });
        await take();
        for (const [key, expected] of await figures(truth)) {
          const deltas = found.get(key.slice(0, key.indexOf(" "))) ?? [];
          const sum = deltas.reduce((total, each) => total + each.sum, 0);
          expect(Math.abs(sum - expected.sum)).toBeLessThanOrEqual(1e-9 * Math.max(1, expected.sum));
          const scale = Math.min(...[expected, ...deltas].filter(hasBuckets).map((each) => each.scale));
          expect(addedUp(deltas, scale)).toEqual(addedUp([expected], scale));
        }
      },
    ),
    { numRuns: runs(100) },
  );
});

function addedUp(all: readonly Figures[], scale: number): Map<number, number> {
  const total = new Map<number, number>();
  for (const each of all)
    for (const [bucket, count] of coarser(each, hasBuckets(each) ? scale : each.scale))
      if (count > 0) total.set(bucket, (total.get(bucket) ?? 0) + count);
  return new Map([...total].toSorted(([a], [b]) => a - b));
}
