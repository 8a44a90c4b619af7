// The law of exact increases: what was counted and collected, to the unit.
import fc from "fast-check";
import { expect, test } from "vitest";
import { query } from "../../../src/query/evaluation/query.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { type Counted, INCREASES, lived, lives } from "./processes.ts";

/** The sum of an exact increase from one time to another, in Unix milliseconds. */
async function increaseOf({ source }: Counted, text: string, from: number, to: number): Promise<number> {
  const expression = text.replace("$", `${to - from}ms`);
  const result = await query(expression, { source, time: to / 1_000, exact: true });
  const values = result.kind === "vector" ? result.series.map(({ value }) => Number(value)) : [];
  return values.reduce((sum, value) => sum + value, 0);
}

test(
  "law: the exact increase is what the processes counted and collected, as a whole and in windows that follow each other",
  { timeout: 600_000 },
  async () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(lives, shares, async (all, given) => {
        const { from, to, close, ...sources } = await lived(all);
        const start = from - 1_000;
        const cuts = given.map((share) => start + Math.round(share * (to - start))).toSorted((a, b) => a - b);
        const ends = [...new Set([...cuts, to])].filter((time) => time > start);
        for (const [name, counted] of Object.entries(sources)) {
          if (counted === undefined) continue;
          for (const [i, text] of INCREASES.entries()) {
            const whole = await increaseOf(counted, text, start, to);
            let [parts, before] = [0, start];
            for (const end of ends) {
              parts += await increaseOf(counted, text, before, end);
              before = end;
            }
            const expected = counted.counts[i]!;
            expect({ name, text, whole, parts }).toEqual({ name, text, whole: expected, parts: expected });
          }
        }
        close();
      }),
      { numRuns: isLong ? 1_000 : 25, seed },
    );
  },
);
