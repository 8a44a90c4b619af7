// Changes below the limit: hints, if nothing changed clearly.
import { expect, test } from "vitest";
import { correlate } from "../../../src/anomalies/correlation/correlate.ts";
import type { Correlated } from "../../../src/anomalies/correlation/correlated.ts";
import { correlationText } from "../../../src/anomalies/correlation/correlation-text.ts";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { MemorySource } from "../../query/kit/memory-source.ts";
import { noise, series, START, WINDOW } from "./series.ts";

const ROUNDS = 20;

/** Noise that rises by `sigmas` standard deviations shortly after the start of the window. */
function shifted(name: string, random: Random, sigmas: number): SampleSeries {
  return series(name, (i) => 100 + noise(random) + (i >= START + 8 ? sigmas : 0));
}

async function found(random: Random, causes: readonly number[], others = 200): Promise<Correlated[]> {
  const quiet = Array.from({ length: others }, (_, i) => shifted(`quiet_${i}`, random, 0));
  const changed = causes.map((sigmas, i) => shifted(`cause_${i}`, random, sigmas));
  return await correlate({
    source: new MemorySource([...quiet, ...changed]),
    metric: "alerting",
    ...WINDOW,
  });
}

test("a small change is among the first three, as weak if it is below the limit", async () => {
  let [listed, weak] = [0, 0];
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const first = (await found(new Random(seed), [3])).slice(0, 3);
    const cause = first.find(({ metric }) => metric === "cause_0");
    if (cause === undefined) continue;
    listed++;
    if (!cause.isWeak) continue;
    weak++;
    expect(cause.strength).toBeLessThanOrEqual(0);
    expect(cause.strength).toBeGreaterThan(-0.82);
  }
  expect(listed).toBeGreaterThanOrEqual(0.9 * ROUNDS);
  expect(weak).toBeGreaterThan(0);
});

test("beside a clear change, no weak one is listed", async () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const all = await found(new Random(seed), [40, 2.5]);
    expect(all[0]).toMatchObject({ metric: "cause_0", isWeak: false });
    expect(all.filter(({ isWeak }) => isWeak)).toEqual([]);
  }
});

test("at most three weak changes are listed, and none if no series stands out from the others", async () => {
  let [none, three] = [0, 0];
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const alike = await found(
      new Random(seed),
      Array.from({ length: 40 }, () => 2),
      5,
    );
    if (alike.length === 0) none++;
    const few = await found(new Random(seed), [2, 2, 2, 2, 2]);
    expect(few.filter(({ isWeak }) => isWeak).length).toBeLessThanOrEqual(3);
    if (few.length === 3) three++;
  }
  // In the other rounds a series changed clearly, or stood out by chance.
  expect(none).toBeGreaterThan(0);
  expect(three).toBeGreaterThan(0);
});

test("the annotation says of weak changes that nothing moved clearly", () => {
  const change: Correlated = {
    metric: "queue_size",
    labels: { queue: "mails" },
    component: 'queue="mails"',
    isWeak: true,
    strength: -0.3,
    direction: "up",
    factor: 1.3,
    leadSeconds: 40,
  };
  expect(correlationText([change], [], 0).split("\n")).toEqual([
    "nothing else moved clearly; closest:",
    'queue_size{queue="mails"} up ×1.3, 40 s earlier',
  ]);
  expect(correlationText([{ ...change, isWeak: false }], [], 0)).toBe(
    'queue_size{queue="mails"} up ×1.3, 40 s earlier',
  );
});
