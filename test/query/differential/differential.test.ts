import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong, seed } from "../../kit/test-length.ts";
import { enginesOver } from "./engines-over.ts";
import { mayDiffer } from "./meant-differences.ts";
import { randomQuery } from "./random-query.ts";
import { randomSeries } from "./random-series.ts";
import { Reached } from "./reached.ts";
import { sideBySide } from "./side-by-side.ts";

const [sets, queries] = isLong ? [40, 500] : [3, 100];

const queriesThatAgree = randomQuery({ isPlain: false }).filter((query) => !mayDiffer(query));

test(
  `of ${sets * queries} random expressions, our results equal those of the real Prometheus 3`,
  { timeout: 3_600_000 },
  async (context) => {
    const reached = new Reached();
    let undecided = 0;
    let filled = 0;
    for (let set = 0; set < sets; set++) {
      const series = randomSeries(seed + set, { isPlain: false });
      const engines = await enginesOver(context, "3", series);
      await fc.assert(
        fc.asyncProperty(queriesThatAgree, async (query) => {
          const { differences, isUndecided, hasSamples } = await sideBySide(engines, query);
          if (hasSamples) reached.count(query.text);
          undecided += Number(isUndecided);
          filled += Number(hasSamples);
          expect(differences).toEqual([]);
        }),
        { numRuns: queries, seed: seed + set },
      );
    }
    console.log(
      `queries, seed ${seed}: ${sets * queries} expressions, ${filled} with samples, ${undecided} undecided; ${reached.toString()}`,
    );
    expect(filled).toBeGreaterThan(0.5 * sets * queries);
    expect(undecided).toBeLessThan(0.05 * sets * queries);
    expect(isLong ? reached.missing : []).toEqual([]);
  },
);
