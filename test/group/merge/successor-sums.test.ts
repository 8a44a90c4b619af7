// Sums with fractions in aggregators that follow each other: none falls, in whatever order its parts are added.
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../kit/test-length.ts";
import { TestGroup, type TestMember, valuesOf } from "../members.ts";

// Seconds of durations in nanoseconds, and any others.
const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 1e9 }).map((nanoseconds) => nanoseconds / 1e9) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 1e9, noNaN: true }) },
);

function joined(group: TestGroup, values: readonly number[]): readonly TestMember[] {
  return values.map((each) => {
    const member = group.join();
    member.provider.getMeter("m").createCounter("c").add(each);
    return member;
  });
}

async function sumOf(group: TestGroup): Promise<number> {
  const [[, sum] = [{}, 0]] = await valuesOf(group, "c");
  return sum;
}

/** An aggregator whose members `dead` have ended, one after the other. */
async function after(dead: readonly number[]): Promise<TestGroup> {
  const group = new TestGroup();
  for (const each of dead) {
    for (const member of joined(group, [each])) group.leave(member);
    await group.collect();
  }
  return group;
}

test("no sum falls if other aggregators take over, one after the other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 2, maxLength: 9 }), async (values) => {
      let before = 0;
      for (let ended = 0; ended < values.length; ended++) {
        // The figures of ended members are one on disk.
        const departed = await sumOf(await after(values.slice(0, ended)));
        const group = await after(ended === 0 ? [] : [departed]);
        const living = values.slice(ended);
        joined(group, ended % 2 === 0 ? living : living.toReversed());
        const sum = await sumOf(group);
        expect(sum).toBeGreaterThanOrEqual(before);
        expect(sum).toBeLessThanOrEqual(values.reduce((total, each) => total + each, 0) * (1 + 1e-14));
        before = sum;
      }
    }),
    { numRuns: runs(300) },
  );
});

test("sums that have no rounding error are exact after each takeover", async () => {
  const values = [0.5, 12.25, 1e6, 0.125, 3];
  const departed = await sumOf(await after(values.slice(0, 3)));
  const group = await after([departed]);
  joined(group, values.slice(3));
  expect(await sumOf(group)).toBe(1_000_015.875);
});
