// The law of exact increases: what was counted and collected, to the unit.
import fc from "fast-check";
import { expect, test } from "vitest";
import { query, queryRange } from "../../../src/query/evaluation/query.ts";
import type { Store } from "../../../src/history/store/index.ts";
import { asked } from "../../history/query/asked.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { type Counted, INCREASES, lived, lives, type Step } from "./processes.ts";

/** The increase in one window, from one time to another, in Unix milliseconds. */
async function increaseOf({ source }: Counted, text: string, from: number, to: number): Promise<number> {
  const expression = text.replace("$", `${to - from}ms`);
  const result = await query(expression, { source, time: to / 1_000, exact: true });
  return sum(result.kind === "vector" ? result.series.map(({ value }) => Number(value)) : []);
}

/** The increase in windows that are as long as the steps of one query. The last one may end after `to`. */
async function stepped(
  { source }: Counted,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  count: number,
): Promise<number> {
  const millis = Math.ceil((to - from) / count);
  const result = await queryRange(text.replace("$", `${millis}ms`), {
    source,
    from: (from + millis) / 1_000,
    to: (from + count * millis) / 1_000,
    step: millis / 1_000,
    exact: true,
  });
  return sum(result.kind === "matrix" ? result.series.flatMap(({ values }) => [...values]) : []);
}

/** The increases that questions to the history return: as a whole, and of steps. */
async function answered(store: Store, from: number, to: number, count: number): Promise<readonly number[]> {
  const millis = Math.ceil((to - from) / count);
  const found: number[] = [];
  for (const step of [{}, { step: millis / 1_000 }]) {
    const answer = await asked(store, {
      metric: "orders",
      aggregate: "INCREASE",
      exact: true,
      by: [],
      from: from / 1_000,
      to: (from + count * millis) / 1_000,
      ...step,
    });
    if (typeof answer === "string") throw new Error(answer);
    found.push(sum(answer.flatMap(([, points]) => points.map(([, value]) => value))));
  }
  return found;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

test("windows add up at each time between collections into a history and into memory, which do not coincide", async () => {
  const step = (millis: number, amount: number, collects: Step["collects"]): Step => ({
    millis,
    added: amount === 0 ? [] : [[0, 0, amount]],
    collects,
  });
  const cases = {
    "a series that a history has first": [step(0, 1, "store"), step(50, 0, "memory"), step(3, 0, "memory")],
    "a stored sample within memory": [step(9, 1, "memory"), step(30, 2, "store"), step(30, 4, "memory")],
  };
  for (const [name, steps] of Object.entries(cases)) {
    const { from, to, both, store } = await lived([
      { steps, isKilled: false, isSame: false, pauseMillis: 0, seriesTimeToLive: undefined },
    ]);
    const [orders = ""] = INCREASES;
    const [start, found] = [from - 1, new Set<number>()];
    for (let cut = from; cut < to; cut++)
      found.add((await increaseOf(both, orders, start, cut)) + (await increaseOf(both, orders, cut, to)));
    expect([name, ...found]).toEqual([name, both.counts[0]]);
    store.close();
  }
});

test(
  "law: the exact increase is what the processes counted and collected, as a whole and in windows that follow each other",
  { timeout: 600_000 },
  async () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    // Around a collection in two of three cases.
    const beside = fc.constantFrom(-1, 0, 1, 2, undefined, undefined);
    const shares = fc.array(fc.tuple(share, beside), { maxLength: 4 });
    const counts = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(lives, shares, counts, async (all, given, count) => {
        const { from, to, store, collected, ...sources } = await lived(all);
        const start = from - 1_000;
        const cutAt = (place: number, millis: number | undefined): number => {
          const time = millis === undefined ? undefined : collected[Math.floor(place * collected.length)];
          return time === undefined ? start + Math.round(place * (to - start)) : time + millis!;
        };
        const cuts = given.map((each) => cutAt(...each)).toSorted((a, b) => a - b);
        const ends = [...new Set([...cuts, to])].filter((time) => time > start && time <= to);
        for (const [name, counted] of Object.entries(sources)) {
          if (counted === undefined) continue;
          for (const [i, text] of INCREASES.entries()) {
            const whole = await increaseOf(counted, text, start, to);
            let [parts, before] = [0, start];
            for (const end of ends) {
              parts += await increaseOf(counted, text, before, end);
              before = end;
            }
            const steps = await stepped(counted, text, { from: start, to }, count);
            const wanted = counted.counts[i]!;
            const found = { name, text, whole, parts, steps };
            expect(found).toEqual({ name, text, whole: wanted, parts: wanted, steps: wanted });
          }
        }
        const wanted = sources.stored.counts[0]!;
        expect(await answered(store, start, to, count)).toEqual([wanted, wanted]);
        store.close();
      }),
      { numRuns: isLong ? 1_000 : 15, seed },
    );
  },
);
