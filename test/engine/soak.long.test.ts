import { diag } from "@opentelemetry/api";
import { MeterProvider } from "tachymeter/metrics";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { heldBytes } from "./memory.ts";
import { deltaReader, pointsOf, PulledReader } from "./pulled.ts";

const flat = 2 ** 20;
const overflow = "otel.metric.overflow";

beforeEach(() => diag.disable());
afterEach(() => void vi.useRealTimers());

const recordings = 10_000_000;
const sets = 100_000;

test(
  `${recordings} recordings over ${sets} sets of attributes against the limit leave memory flat and the total exact`,
  { timeout: 1_200_000 },
  async () => {
    const readers = [new PulledReader(), deltaReader()];
    const meter = new MeterProvider({ readers }).getMeter("soak");
    const counter = meter.createCounter("c");
    const histogram = meter.createHistogram("h");
    const rounds = 20;
    const held: number[] = [];
    let deltaTotal = 0;
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < recordings / rounds; i++) {
        const set = (i * 7_919 + round * 104_729) % sets;
        const attributes = { user: `user-${set}`, region: set % 3 === 0 ? "eu" : "us", shard: set % 16 };
        if (i % 10 === 0) histogram.record(1, attributes);
        else counter.add(1, attributes);
      }
      deltaTotal += totalsOf((await readers[1]!.collect()).resourceMetrics);
      if (round % 5 === 4) held.push(await heldBytes());
    }
    const { resourceMetrics } = await readers[0]!.collect();
    expect(totalsOf(resourceMetrics)).toBe(recordings);
    expect(deltaTotal).toBe(recordings);
    for (const name of ["c", "h"]) {
      const points = pointsOf(resourceMetrics, name);
      expect(points).toHaveLength(2_001);
      expect(points.filter(([attributes]) => attributes[overflow] === true)).toHaveLength(1);
    }
    expect(grownBy(held)).toBeLessThan(flat);
  },
);

const lives = 1_000_000;

test(`${lives} short-lived series under a time to live leave memory flat`, { timeout: 600_000 }, async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: Date.UTC(2026, 0, 1) });
  const reader = new PulledReader();
  const meter = new MeterProvider({ readers: [reader], seriesTimeToLive: 60 }).getMeter("soak");
  const counter = meter.createCounter("c");
  const histogram = meter.createHistogram("h");
  const steady = counter.bind({ job: "steady" });
  const rounds = 40;
  const held: number[] = [];
  let seen = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < lives / rounds; i++) {
      if (i % 900 === 899) {
        seen += await newcomers(reader);
        vi.advanceTimersByTime(61_000);
        await reader.collect();
      }
      const attributes = { job: `job-${round}-${i}`, queue: "mail" };
      counter.add(1, attributes);
      histogram.record(1, attributes);
    }
    steady.add(1);
    seen += await newcomers(reader);
    vi.advanceTimersByTime(61_000);
    await reader.collect();
    if (round % 10 === 9) held.push(await heldBytes());
  }
  expect(seen).toBe(lives);
  const { resourceMetrics } = await reader.collect();
  expect(pointsOf(resourceMetrics, "c")).toEqual([[{ job: "steady" }, rounds]]);
  expect(pointsOf(resourceMetrics, "h")).toEqual([]);
  expect(grownBy(held)).toBeLessThan(flat);
});

test(`${lives} observed series that come and go leave memory flat`, { timeout: 600_000 }, async () => {
  const readers = [new PulledReader(), deltaReader()];
  const meter = new MeterProvider({ readers }).getMeter("soak");
  const perRound = 1_000;
  let asked = 0;
  meter.createObservableCounter("c").addCallback((result) => {
    const first = perRound * Math.floor(asked++ / readers.length);
    for (let i = first; i < first + perRound; i++) result.observe(1, { job: `job-${i}` });
  });
  const rounds = lives / perRound;
  const held: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const reader of readers) {
      const points = pointsOf((await reader.collect()).resourceMetrics, "c");
      expect(points.length).toBe(perRound);
      expect(points.every(([attributes, value]) => !(overflow in attributes) && value === 1)).toBe(true);
    }
    if (round % (rounds / 4) === rounds / 4 - 1) held.push(await heldBytes());
  }
  expect(grownBy(held)).toBeLessThan(flat);
});

// Number of short-lived series that the counter has now, each with its one recording.
async function newcomers(reader: PulledReader): Promise<number> {
  const points = pointsOf((await reader.collect()).resourceMetrics, "c");
  return points.filter(([attributes, value]) => attributes["queue"] === "mail" && value === 1).length;
}

function totalsOf(resourceMetrics: Parameters<typeof pointsOf>[0]): number {
  const counts = ["c", "h"].flatMap((name) => pointsOf(resourceMetrics, name));
  return counts.reduce((total, [, value]) => total + Number(Object(value).count ?? value), 0);
}

// From the first sample, when all permanent data exists, to the last.
function grownBy(held: readonly number[]): number {
  console.log(`held: ${held.map((bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`).join(", ")}`);
  return held.at(-1)! - held[0]!;
}
