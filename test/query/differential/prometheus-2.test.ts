import fc from "fast-check";
import { expect, test } from "vitest";
import { isLong, seed } from "../../kit/test-length.ts";
import { CHANGED_SINCE_2 } from "./changed-since-2.ts";
import { enginesOver } from "./engines-over.ts";
import { mayDiffer } from "./meant-differences.ts";
import { randomQuery } from "./random-query.ts";
import { randomSeries } from "./random-series.ts";
import { sideBySide } from "./side-by-side.ts";

const queries = isLong ? 2_000 : 100;

// Windows include their first millisecond in version 2: the samples lie beside the edges. Annotations came later.
test(
  `of ${queries} random expressions that Prometheus 3 has not changed, our results equal those of Prometheus 2`,
  { timeout: 3_600_000 },
  async (context) => {
    const series = randomSeries(seed, { isPlain: true });
    const engines = await enginesOver(context, "2", series);
    const unchanged = randomQuery({ isPlain: true }).filter(
      (query) => !mayDiffer(query) && !CHANGED_SINCE_2.some(({ pattern }) => pattern.test(query.text)),
    );
    await fc.assert(
      fc.asyncProperty(unchanged, async (query) => {
        const { differences } = await sideBySide(engines, query, { withAnnotations: false });
        expect(differences).toEqual([]);
      }),
      { numRuns: queries, seed },
    );
  },
);
