import { diag } from "@opentelemetry/api";
import * as sdk from "@opentelemetry/sdk-metrics";
import fc from "fast-check";
import { MeterProvider } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { isLong, seed, runs } from "../../kit/test-length.ts";
import { compare } from "./compare.ts";
import { Distribution } from "./distribution.ts";
import { forUpstream, isRightAsAWhole } from "./for-upstream.ts";
import type { Program, Step } from "./program.ts";
import { programs } from "./programs.ts";
import { collectionsOf, type MakeProvider } from "./run-program.ts";

const ours: MakeProvider = (options) => new MeterProvider(options);
const upstream: MakeProvider = (options) => new sdk.MeterProvider(options);

const numRuns = isLong ? 10_000 : 200;

test(
  `of ${numRuns} random programs, our provider's collections equal upstream's`,
  { timeout: 3_600_000 },
  async () => {
    diag.disable();
    const distribution = new Distribution();
    await fc.assert(
      fc.asyncProperty(programs, async (program) => {
        const { differences, overflowed, ways } = await compare(program, await collectionsOf(ours, program));
        distribution.count(program, overflowed, ways);
        expect(differences).toEqual([]);
      }),
      { numRuns, seed },
    );
    console.log(`differential, seed ${seed}, ${numRuns} programs, of which had\n${distribution.toString()}`);
    expect(distribution.shareOfHardest).toBeGreaterThan(0.2);
  },
);

test("upstream's provider passes in the cases in which it is right", async () => {
  diag.disable();
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const mended = forUpstream(program);
      fc.pre(isRightAsAWhole(mended) && !hasExponentialHistograms(mended));
      expect((await compare(mended, await collectionsOf(upstream, mended))).differences).toEqual([]);
    }),
    { numRuns: runs(100), seed },
  );
});

// Upstream's scale may be lower than necessary, depending on the times of collections.
function hasExponentialHistograms({ readers, views }: Program): boolean {
  return (
    readers.some((reader) => reader.isExponential) ||
    views.some(({ aggregation }) => aggregation?.type === sdk.AggregationType.EXPONENTIAL_HISTOGRAM)
  );
}

test("a provider that loses one measurement does not pass", async () => {
  diag.disable();
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const mended = forUpstream(program);
      fc.pre(isRightAsAWhole(mended) && mended.views.length === 0);
      const lost = withoutLargest(mended);
      fc.pre(lost !== undefined);
      expect((await compare(mended, await collectionsOf(upstream, lost))).differences).not.toEqual([]);
    }),
    { numRuns: runs(100), seed },
  );
});

// The program without the recording that adds most; `undefined` if no recording adds anything.
function withoutLargest(program: Program): Program | undefined {
  const sizeOf = (step: Step): number =>
    step.kind === "record" && program.instruments[step.instrument]!.type !== sdk.InstrumentType.GAUGE
      ? Math.abs(Number(step.measurement.value))
      : 0;
  const largest = program.steps.toSorted((left, right) => sizeOf(right) - sizeOf(left))[0];
  if (largest === undefined || sizeOf(largest) < 1) return undefined;
  return { ...program, steps: program.steps.filter((step) => step !== largest) };
}
