// The stream of a tab whose connection is stalled for a while, or whose view is slow or fails.
import { Writable } from "node:stream";
import { Events } from "tachymeter/facades";
import { expect, onTestFinished, test, vi } from "vitest";
import { ChartQueries } from "../../src/page/charts/chart-plan.ts";
import { PageEvents } from "../../src/page/page-events.ts";
import { Streams } from "../../src/page/streams/streams.ts";
import { WatchedView } from "../../src/page/streams/watched-view.ts";
import { KnownMetrics } from "../../src/page/views/known-metrics.ts";
import { LiveView } from "../../src/page/views/live-view.ts";
import { sampleSourceOf } from "../../src/query/given-source.ts";
import type { Reading } from "../../src/query/reading.ts";
import { type Catalogue, SampleSource } from "../../src/query/sample-source.ts";
import type { SampleSeries } from "../../src/query/source.ts";
import { LiveExemplars } from "../../src/query/live/live-exemplars.ts";

const STEPS = { rangeMillis: 60_000, stepMillis: 60_000 };

function viewOf(events: PageEvents, source: () => SampleSource): LiveView {
  return new LiveView("events", { kind: "events" }, STEPS, {
    source,
    queries: new ChartQueries(),
    known: new KnownMetrics(),
    events,
    exemplars: new LiveExemplars({}),
    onlyMember: () => undefined,
    workerOf: (instance: string) => instance,
    expectedAt: () => undefined,
    unusualSpans: () => [],
    resolutionMillis: 60_000,
    storedMillis: () => 0,
  });
}

test("a tab that was too slow for an event gets it with a whole view, without a further collection", async () => {
  const bus = new Events();
  const record = (type: string): void =>
    void bus.record({ event_type: type, source: "x".repeat(200), data: "x".repeat(300) });
  for (let i = 0; i < 1_000; i++) record("polled");
  const events = new PageEvents([bus], () => undefined);
  const view = viewOf(events, () => sampleSourceOf({ async *select() {} }));
  const now = Date.now();
  const asked: number[] = [];
  const streams = new Streams({
    events,
    lastUnixMillis: () => now,
    resolutionMillis: 60_000,
    collect(millis) {
      asked.push(millis);
      return () => void asked.pop();
    },
    status: () => Buffer.from("{}"),
  });
  onTestFinished(() => streams.end());
  let text = "";
  let isStalled = true;
  let resume = (): void => {};
  const connection = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      if (isStalled) resume = done;
      else done();
    },
  });
  void streams.open("events", STEPS, () => view, connection);
  await vi.waitFor(() => expect(connection.writableLength).toBeGreaterThan(300_000));
  const taken = vi.spyOn(events, "takeNew");
  record("deployed");
  await vi.waitFor(
    () => expect(taken.mock.results.flatMap(({ value }): unknown => value)).toHaveLength(1),
    5_000,
  );
  isStalled = false;
  resume();
  await vi.waitFor(() => expect(text.split("event: view")).toHaveLength(3), 5_000);
  expect(text.slice(text.lastIndexOf("event: view"))).toContain('"type":"deployed"');
  // Collections are as frequent as the steps of the view, until its last tab is closed.
  expect(asked).toEqual([STEPS.stepMillis]);
  connection.destroy();
  await vi.waitFor(() => expect(asked).toEqual([]));
});

test("a view that is slow to evaluate does not hold the others", async () => {
  const events = new PageEvents([new Events()], () => undefined);
  let lastMillis = Date.now();
  let isSlow = false;
  let slowSteps = 0;
  class SlowSource extends SampleSource {
    override read(): readonly Reading<SampleSeries>[] {
      return [];
    }
    override catalogue(): Catalogue {
      const metadata = async (): Promise<[]> => {
        if (!isSlow) return [];
        slowSteps++;
        return await new Promise(() => {});
      };
      return { ...super.catalogue(), metadata };
    }
  }
  const streams = new Streams({
    events,
    lastUnixMillis: () => lastMillis,
    resolutionMillis: 60_000,
    collect: () => () => {},
    status: () => Buffer.from("{}"),
  });
  onTestFinished(() => streams.end());
  const texts = new Map<string, string>();
  const open = (name: string, source: SampleSource): void => {
    const connection = new Writable({
      write(chunk, _encoding, done) {
        texts.set(name, `${texts.get(name) ?? ""}${String(chunk)}`);
        done();
      },
    });
    void streams.open(name, STEPS, () => viewOf(events, () => source), connection);
  };
  open("slow", new SlowSource());
  open("quick", sampleSourceOf({ async *select() {} }));
  const count = (name: string, event: string): number =>
    (texts.get(name) ?? "").split(`event: ${event}`).length - 1;
  for (const name of ["slow", "quick"]) await vi.waitFor(() => expect(count(name, "view")).toBe(1), 5_000);
  isSlow = true;
  for (const step of [1, 2, 3]) {
    lastMillis += STEPS.stepMillis;
    await vi.waitFor(() => expect(count("quick", "points")).toBe(step), 5_000);
  }
  expect(count("slow", "status")).toBeGreaterThan(2);
  expect(count("slow", "points")).toBe(0);
  expect(slowSteps).toBe(1);
});

class FailingSource extends SampleSource {
  isFailing = true;
  failures = 0;

  override read(): readonly Reading<SampleSeries>[] {
    return [];
  }

  override catalogue(): Catalogue {
    const metadata = async (): Promise<[]> => {
      if (!this.isFailing) return [];
      this.failures++;
      throw new Error("the history is being repaired");
    };
    return { ...super.catalogue(), metadata };
  }
}

test("a view that could not be evaluated is tried again after 15 s, not at each step", async () => {
  const source = new FailingSource();
  const events = new PageEvents([new Events()], () => undefined);
  const view = viewOf(events, () => source);
  const watched = new WatchedView(view, 1_000);
  onTestFinished(() => watched.end());
  await expect(watched.advance(0)).rejects.toThrow("the history is being repaired");
  for (const millis of [1_000, 14_999]) await watched.advance(millis);
  expect(source.failures).toBe(1);
  source.isFailing = false;
  await watched.advance(15_000);
  expect(view.lastMillis).toBe(15_000);
});

test("a view that could not be evaluated is sent to all its tabs with a later step", async () => {
  const events = new PageEvents([new Events()], () => undefined);
  let lastMillis = Date.now();
  const source = new FailingSource();
  const streams = new Streams({
    events,
    lastUnixMillis: () => lastMillis,
    resolutionMillis: 60_000,
    collect: () => () => {},
    status: () => Buffer.from("{}"),
  });
  onTestFinished(() => streams.end());
  const texts = ["", ""];
  const open = (tab: number): void => {
    const connection = new Writable({
      write(chunk, _encoding, done) {
        texts[tab] += String(chunk);
        done();
      },
    });
    void streams.open("events", STEPS, () => viewOf(events, () => source), connection);
  };
  const views = (): readonly number[] => texts.map((text) => text.split("event: view").length - 1);
  open(0);
  await vi.waitFor(() => expect(source.failures).toBe(1), 5_000);
  source.isFailing = false;
  lastMillis += STEPS.stepMillis;
  await vi.waitFor(() => expect(views()).toEqual([1, 0]), 5_000);
  source.isFailing = true;
  lastMillis += 3 * STEPS.stepMillis;
  open(1);
  // By the new tab, and by the step if it came before.
  await vi.waitFor(() => expect(source.failures).toBeGreaterThan(1), 5_000);
  source.isFailing = false;
  lastMillis += STEPS.stepMillis;
  await vi.waitFor(() => expect(views()).toEqual([2, 1]), 5_000);
});
