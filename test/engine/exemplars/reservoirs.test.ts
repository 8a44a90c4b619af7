import { ROOT_CONTEXT } from "@opentelemetry/api";
import { expect, test } from "vitest";
import {
  AlignedHistogramBucketExemplarReservoir,
  SimpleFixedSizeExemplarReservoir,
} from "../../../src/engine/exemplars/sampled-reservoirs.ts";

const rounds = 3_000;
// Seven standard deviations of a count of `rounds` draws: one run in 10^11 is beyond them.
const tolerance = (chance: number): number => 7 * Math.sqrt(rounds * chance * (1 - chance));

test.each([
  [1, 10],
  [4, 10],
  [20, 25],
  [5, 5],
])("with %i places each of %i measurements has an equal chance", (size, offered) => {
  const reservoir = new SimpleFixedSizeExemplarReservoir(size);
  const kept = Array.from({ length: offered }, () => 0);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < offered; i++) reservoir.offer(i, {}, ROOT_CONTEXT, 0n);
    const exemplars = reservoir.collect({});
    expect(exemplars).toHaveLength(size);
    for (const { value } of exemplars) kept[value]!++;
  }
  const chance = size / offered;
  for (const count of kept) expect(Math.abs(count - rounds * chance)).toBeLessThanOrEqual(tolerance(chance));
});

test("each measurement of a bucket has an equal chance, whatever other buckets have", () => {
  const reservoir = new AlignedHistogramBucketExemplarReservoir([10, 20]);
  const kept = Array.from({ length: 8 }, () => 0);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < 8; i++) {
      reservoir.offer(i, {}, ROOT_CONTEXT, 0n);
      reservoir.offer(20, {}, ROOT_CONTEXT, 0n);
    }
    const [low, middle, ...others] = reservoir.collect({});
    expect([middle?.value, others]).toEqual([20, []]);
    kept[low!.value]!++;
  }
  for (const count of kept) expect(Math.abs(count - rounds / 8)).toBeLessThanOrEqual(tolerance(1 / 8));
});

test("an exemplar has its time, and the attributes that its series does not have", () => {
  const reservoir = new SimpleFixedSizeExemplarReservoir();
  const attributes = { kept: 1, left: ["a"] };
  reservoir.offer(5, attributes, ROOT_CONTEXT, 1_700_000_000_123_000_000n);
  attributes.left.push("b");
  expect(reservoir.collect({ kept: 1 })).toEqual([
    { value: 5, filteredAttributes: { left: ["a"] }, timestamp: [1_700_000_000, 123_000_000] },
  ]);
  expect(reservoir.collect({})).toEqual([]);
});
