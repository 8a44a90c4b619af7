// "The total is that of all measurements, also for observable instruments": whatever was missing, limited or removed.
import { diag } from "@opentelemetry/api";
import fc from "fast-check";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isLong, seed } from "../kit/test-length.ts";
import { deltaReader, metricsOf, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => {
  diag.disable();
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
});
afterEach(() => void vi.useRealTimers());

const CALLBACKS = 3;
const SETS = 9;

interface Round {
  readonly afterSeconds: number;
  /** Growth of each set before the round. */
  readonly growth: readonly number[];
  /** Sets that are observed. */
  readonly observed: readonly boolean[];
  /** Callbacks that throw after their observations. */
  readonly failing: readonly boolean[];
}

const rounds = fc.array(
  fc.record<Round>({
    afterSeconds: fc.integer({ min: 1, max: 8 }),
    growth: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: SETS, maxLength: SETS }),
    observed: fc.array(fc.boolean(), { minLength: SETS, maxLength: SETS }),
    failing: fc.array(
      fc.nat({ max: 4 }).map((n) => n === 0),
      { minLength: CALLBACKS, maxLength: CALLBACKS },
    ),
  }),
  { maxLength: 15, size: "max" },
);

const settings = fc.record({
  cardinalityLimit: fc.integer({ min: 1, max: SETS }),
  seriesTimeToLive: fc.constantFrom(undefined, 10),
  isFiltered: fc.boolean(),
  resets: fc.boolean(),
});

interface Point {
  /** Equal for the points of one series from its start on. */
  readonly life: string;
  readonly value: number;
}

type Kind = "createObservableCounter" | "createObservableUpDownCounter";

/** Runs the rounds. Yields after each of them, with the total of everything observed so far, and in this round. */
async function* run(
  reader: PulledReader,
  kind: Kind,
  { isFiltered, resets, ...options }: typeof settings extends fc.Arbitrary<infer Value> ? Value : never,
  given: readonly Round[],
): AsyncGenerator<{ grown: number; observed: number; points: readonly Point[] }> {
  const views = isFiltered
    ? [
        {
          instrumentName: "c",
          attributesProcessors: [{ process: ({ set }: { set?: unknown }) => ({ half: Number(set) % 5 }) }],
        },
      ]
    : [];
  const provider = new MeterProvider({ readers: [reader], views, ...options });
  const instrument = provider.getMeter("test")[kind]("c");
  const totals = Array.from({ length: SETS }, () => 0);
  const seen = Array.from({ length: SETS }, () => 0);
  let grown = 0;
  let round: Round | undefined;
  for (let callback = 0; callback < CALLBACKS; callback++) {
    instrument.addCallback((result) => {
      for (let set = callback; set < SETS; set += CALLBACKS) {
        if (round?.observed[set] === true) result.observe(totals[set]!, { set });
      }
      if (round?.failing[callback] === true) throw new Error("no connection");
    });
  }
  for (round of given) {
    const { growth, observed, failing, afterSeconds } = round;
    let sum = 0;
    for (const [set, by] of growth.entries()) {
      // A reset, or a fall.
      totals[set] = resets && by === 9 ? 1 : totals[set]! + by;
      if (!observed[set] || failing[set % CALLBACKS]) continue;
      const isReset = kind === "createObservableCounter" && totals[set] < seen[set]!;
      grown += totals[set] - (isReset ? 0 : seen[set]!);
      seen[set] = totals[set];
      sum += totals[set];
    }
    vi.advanceTimersByTime(afterSeconds * 1_000);
    const { resourceMetrics } = await reader.collect();
    const points = metricsOf(resourceMetrics).flatMap(({ dataPoints }) =>
      dataPoints.map(({ attributes, startTime, value }) => ({
        life: JSON.stringify([attributes, startTime]),
        value: Number(value),
      })),
    );
    yield { grown, observed: sum, points };
  }
}

function sumOf(points: readonly Point[]): number {
  return points.reduce((sum, { value }) => sum + value, 0);
}

const KINDS = ["createObservableCounter", "createObservableUpDownCounter"] as const;

test.each(KINDS)("deltas of %s add up to the growth of all attribute sets", async (kind) => {
  await fc.assert(
    fc.asyncProperty(settings, rounds, async (options, given) => {
      let exported = 0;
      for await (const { grown, points } of run(deltaReader(), kind, options, given)) {
        exported += sumOf(points);
        expect(exported).toBe(grown);
      }
    }),
    { numRuns: isLong ? 20_000 : 80, seed },
  );
});

test("cumulative series add up to the growth of all attribute sets, each from its start on, which a fall renews", async () => {
  await fc.assert(
    fc.asyncProperty(settings, rounds, async (options, all) => {
      const lives = new Map<string, number>();
      for await (const { grown, points } of run(new PulledReader(), KINDS[0], options, all)) {
        for (const { life, value } of points) {
          expect(value).toBeGreaterThanOrEqual(lives.get(life) ?? 0);
          lives.set(life, value);
        }
        expect([...lives.values()].reduce((sum, value) => sum + value, 0)).toBe(grown);
      }
    }),
    { numRuns: isLong ? 20_000 : 80, seed },
  );
});

test("cumulative series that may fall add up to what was just observed", async () => {
  await fc.assert(
    fc.asyncProperty(settings, rounds, async (options, all) => {
      for await (const { observed, points } of run(new PulledReader(), KINDS[1], options, all)) {
        expect(sumOf(points)).toBe(observed);
      }
    }),
    { numRuns: isLong ? 20_000 : 80, seed },
  );
});

test("a set that was missing, failed or idle counts once in deltas", async () => {
  const reader = deltaReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: 4, seriesTimeToLive: 10 });
  let [total, isFailing, sets] = [1_000, false, 5];
  const counter = provider.getMeter("test").createObservableCounter("c");
  counter.addCallback((result) => {
    if (isFailing) throw new Error("no connection");
    for (let set = 0; set < sets; set++) result.observe(total, { set });
  });
  const sums: number[] = [];
  const collect = async (): Promise<void> => {
    vi.advanceTimersByTime(6_000);
    const points = pointsOf((await reader.collect()).resourceMetrics, "c");
    sums.push(points.reduce((sum, [, value]) => sum + Number(value), 0));
  };
  await collect();
  isFailing = true;
  for (let i = 0; i < 4; i++) await collect();
  isFailing = false;
  await collect();
  sets = 4;
  await collect();
  [sets, total] = [5, 1_001];
  await collect();
  expect(sums).toEqual([5_000, 0, 0, 0, 0, 0, 0, 5]);
});

test("what is remembered of attribute sets without a series is bounded", async () => {
  const reader = deltaReader();
  const provider = new MeterProvider({ readers: [reader], cardinalityLimit: 5 });
  let first = 0;
  provider
    .getMeter("test")
    .createObservableCounter("c")
    .addCallback((result) => {
      for (let i = 0; i < 10_100; i++) result.observe(7, { set: first + i });
    });
  for (const expected of [10_100, 0]) {
    const points = pointsOf((await reader.collect()).resourceMetrics, "c");
    expect(points.reduce((sum, [, value]) => sum + Number(value), 0)).toBe(7 * expected);
  }
  for (; first < 30_000; first += 10_000) await reader.collect();
  expect(await reader.collect()).toMatchObject({ errors: [] });
});
