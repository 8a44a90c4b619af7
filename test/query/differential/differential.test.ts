import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { isLong, seed } from "../../kit/test-length.ts";
import { enginesOver } from "./engines-over.ts";
import { mayDiffer } from "./meant-differences.ts";
import { randomQuery } from "./random-query.ts";
import { randomSeries } from "./random-series.ts";
import { Reached } from "./reached.ts";
import { sideBySide } from "./side-by-side.ts";

const [sets, queries] = isLong ? [40, 500] : [2, 150];
const seeds = Array.from({ length: sets }, (_, set) => seed + set);

const queriesThatAgree = randomQuery({ isPlain: false }).filter((query) => !mayDiffer(query));
const reached = new Reached();

test.for(seeds)(
  `of ${queries} random expressions over series of seed %d, our results equal those of Prometheus 3`,
  { timeout: 600_000 },
  async (seedOfSet, context) => {
    const engines = await enginesOver(context, "3", randomSeries(seedOfSet, { isPlain: false }));
    let undecided = 0;
    let filled = 0;
    await fc.assert(
      fc.asyncProperty(queriesThatAgree, async (query) => {
        const { differences, isUndecided, hasSamples } = await sideBySide(engines, query);
        if (hasSamples) reached.count(query.text);
        undecided += Number(isUndecided);
        filled += Number(hasSamples);
        expect(differences).toEqual([]);
      }),
      { numRuns: queries, seed: seedOfSet },
    );
    expect(filled).toBeGreaterThan(0.4 * queries);
    expect(undecided).toBeLessThan(0.05 * queries);
  },
);

test("all functions and operators had results, in the long form", () => {
  expect(isLong ? reached.missing : []).toEqual([]);
});

afterAll(() =>
  console.log(`PromQL, seed ${seed}, ${sets * queries} expressions; with samples: ${reached.toString()}`),
);
