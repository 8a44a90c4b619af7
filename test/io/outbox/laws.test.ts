// Properties: after any operations, an outbox contains the same records as a list.
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { isLong, seed } from "../../kit/test-length.ts";
import { type Step, Trial } from "./trial.ts";

if (isLong) vi.setConfig({ testTimeout: 600_000 });

const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 20_000 })), {
  maxLength: 4,
});
const soundStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("append" as const), sizes }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("append and go on" as const), sizes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("append at the end" as const), sizes }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("append at once" as const), sizes }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 6 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("crash" as const, "restart" as const) }),
  },
);
const brokenStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: soundStep },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("break" as const, "mend" as const) }) },
);

test("acknowledged records survive restarts and crashes, in order and once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(soundStep, { maxLength: 25 }), async (steps) => {
      const trial = await Trial.begin();
      for (const each of steps) await trial.take(each);
      expect(await trial.end()).toEqual(trial.expected);
    }),
    { numRuns: isLong ? 2_000 : 40, seed },
  );
});

test("acknowledged records survive failures of the disk, except in a crash before it has recovered", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  await fc.assert(
    fc.asyncProperty(fc.array(brokenStep, { maxLength: 25 }), async (steps) => {
      const trial = await Trial.begin();
      for (const each of steps) {
        if (each.kind === "crash" || each.kind === "restart") await trial.take({ kind: "mend" });
        await trial.take(each);
      }
      expect(await trial.end()).toEqual(trial.expected);
    }),
    { numRuns: isLong ? 2_000 : 40, seed },
  );
  vi.useRealTimers();
});
