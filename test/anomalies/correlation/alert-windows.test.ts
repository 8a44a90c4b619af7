import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import {
  AlertCorrelator,
  type CorrelatedWithAlert,
} from "../../../src/anomalies/correlation/alert-correlator.ts";
import { NearbyEvents } from "../../../src/anomalies/correlation/nearby-events.ts";
import { changesIn } from "../../../src/anomalies/correlation/window-changes.ts";
import { Events } from "../../../src/events/events.ts";
import type { SampleSeries, Selection, Source } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { noise } from "./series.ts";

const NOW = 1_700_000_000_000;
const STEP_MILLIS = 15_000;
const DAY_MILLIS = 86_400_000;

interface Gauge {
  readonly name: string;
  /** Value without its noise, at a time in Unix milliseconds. */
  readonly at: (millis: number) => number;
}

/** Gauges with noise of 1, sampled every 15 s. The same times have the same values. */
class Gauges implements Source {
  readonly selections: Selection[] = [];
  readonly #gauges: readonly Gauge[];
  readonly #seed: number;
  readonly #sinceMillis: number;

  constructor(gauges: readonly Gauge[], seed = 1, sinceMillis = 0) {
    this.#gauges = gauges;
    this.#seed = seed;
    this.#sinceMillis = sinceMillis;
  }

  // oxlint-disable-next-line typescript/require-await -- generators of promises are the interface.
  async *select(selection: Selection): AsyncGenerator<SampleSeries> {
    this.selections.push(selection);
    const first = Math.ceil(Math.max(selection.from, this.#sinceMillis) / STEP_MILLIS);
    const length = Math.max(0, Math.floor(Math.min(selection.to, Date.now()) / STEP_MILLIS) - first + 1);
    const times = Float64Array.from({ length }, (_, i) => (first + i) * STEP_MILLIS);
    for (const [i, { name, at }] of this.#gauges.entries())
      yield {
        labels: { __name__: name, job: "shop" },
        times,
        values: times.map(
          (time) => at(time) + noise(new Random(time / STEP_MILLIS + 7_919 * i + this.#seed)),
        ),
      };
  }
}

const constant = (name: string): Gauge => ({ name, at: () => 100 });
const stepAt = (name: string, millis: number): Gauge => ({
  name,
  at: (time) => (time >= millis ? 140 : 100),
});

async function correlated(
  correlator: AlertCorrelator,
  activeMillis: number,
  signal?: AbortSignal,
): Promise<CorrelatedWithAlert> {
  const alert = { labels: { alertname: "Slow" }, activeAt: activeMillis / 1_000 };
  return await correlator.correlate({ alert, metrics: ["latency"], signal });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  onTestFinished(() => void vi.useRealTimers());
});

test("a change that begins with the condition is found, at once or by the next comparison", async () => {
  for (const heldSeconds of [0, 15, 30, 60, 90, 120, 300, 900, 1_800, 3_600, 86_400])
    for (let seed = 1; seed <= 10; seed++) {
      vi.setSystemTime(NOW);
      const activeMillis = NOW - heldSeconds * 1_000;
      const gauges = [stepAt("latency", activeMillis), stepAt("cause", activeMillis), constant("other")];
      const correlator = new AlertCorrelator({ source: new Gauges(gauges, seed) });
      const first = await correlated(correlator, activeMillis);
      expect(first.text).not.toContain("nothing else moved");
      const isEarly = first.againMillis !== undefined;
      vi.setSystemTime(first.againMillis ?? NOW);
      const found = isEarly ? await correlated(correlator, activeMillis) : first;
      const metrics = found.correlated.map(({ metric }) => metric);
      const expected = { heldSeconds, seed, isEarly: heldSeconds < 72, metrics: ["cause"] };
      expect({ heldSeconds, seed, isEarly, metrics }).toEqual(expected);
      expect(found.againMillis).toBeUndefined();
    }
});

test("a comparison says that nothing else moved only if the condition has held long enough", async () => {
  const source = new Gauges([constant("latency"), constant("other")]);
  const correlator = new AlertCorrelator({ source });
  const early = await correlated(correlator, NOW - 15_000);
  expect(early).toEqual({
    correlated: [],
    own: [],
    hasBegun: false,
    windowSeconds: 180,
    text: "too early to compare",
    againMillis: NOW + 75_000,
  });
  vi.setSystemTime(NOW + 75_000);
  expect((await correlated(correlator, NOW - 15_000)).text).toBe("nothing else moved");
});

test("a process that is younger than the condition has not enough data", async () => {
  const since = NOW - 600_000;
  const source = new Gauges([constant("latency"), constant("other")], 1, since);
  const { text } = await correlated(new AlertCorrelator({ source }), since);
  expect(text).toBe("not enough data to compare: 0 min before the alert, 24 min are needed");
});

test("the window is bounded, and holds the start of a condition that has held for a day", async () => {
  const source = new Gauges([constant("latency")]);
  await correlated(new AlertCorrelator({ source }), NOW - DAY_MILLIS);
  const [{ from, to } = { from: 0, to: 0 }] = source.selections;
  expect(to - from).toBeLessThanOrEqual(5 * 3_600_000);
  expect(to).toBeLessThanOrEqual(NOW - DAY_MILLIS + 1_800_000);
});

test("alerts that begin together share a comparison, also after the clock is set back", async () => {
  const source = new Gauges([constant("latency")]);
  const correlator = new AlertCorrelator({ source });
  for (let i = 0; i < 1_000; i++) await correlated(correlator, NOW - i);
  expect(source.selections).toHaveLength(1);
  vi.setSystemTime(NOW - 3_600_000);
  await correlated(correlator, NOW - 3_600_000);
  await correlated(correlator, NOW - 3_600_000);
  expect(source.selections).toHaveLength(2);
});

test("a comparison ends with its signal, and one without a series once it is late", async () => {
  vi.useRealTimers();
  const signals: (AbortSignal | undefined)[] = [];
  // oxlint-disable-next-line require-yield -- no series comes.
  const select = async function* ({ signal }: Selection): AsyncGenerator<SampleSeries> {
    signals.push(signal);
    await new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(new Error("the selection was aborted"))),
    );
  };
  const end = new AbortController();
  const limits = vi.spyOn(AbortSignal, "timeout");
  const ended = correlated(new AlertCorrelator({ source: { select } }), Date.now(), end.signal);
  // Three fifths of a minute.
  expect(limits).toHaveBeenCalledWith(36_000);
  const late = changesIn({ select }, { from: Date.now() - 60_000, to: Date.now() }, { latestMillis: 100 });
  end.abort();
  const reasons = await Promise.allSettled([ended, late]);
  const rejected = { status: "rejected", reason: new Error("the selection was aborted") };
  expect(reasons).toEqual([rejected, rejected]);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
});

test("events of configuration are listed without their secrets", async () => {
  const events = new Events();
  const nearby = new NearbyEvents(events);
  onTestFinished(() => nearby.end());
  events.record({
    event_type: "config.changed",
    source: "shop",
    data: { pool: "db", password: "hunter2", url: "postgres://shop:swordfish@db/shop" },
    labels: { apiToken: "abc123" },
  });
  const [event] = nearby.between(0, Date.now(), 5);
  expect(event?.text).toBe("pool db, password (hidden), url postgres://…@db/shop, apiToken (hidden)");
});

test("a type with many events in the time that the window is compared with is usual, older ones do not count", () => {
  const events = new Events();
  const nearby = new NearbyEvents(events);
  onTestFinished(() => nearby.end());
  const record = (event_type: string, ...seconds: readonly number[]): void => {
    for (const timestamp of seconds)
      events.record({ event_type, source: "shop", timestamp: new Date(timestamp * 1_000).toISOString() });
  };
  // The window has 100 s, and so its baseline begins at 600.
  record("app.deployed", 100, 200, 300, 400, 1_050);
  record("worker.restarted", 650, 750, 850, 1_050);
  const types = nearby.between(1_000_000, 1_100_000, 5).map(({ type }) => type);
  expect(types).toEqual(["app.deployed"]);
});
