// The data of one view over a source that changes: errors of a chart, and the window of rates.
import { expect, test } from "vitest";
import { Events } from "tachymeter/facades";
import { ChartQueries } from "../../src/page/charts/chart-plan.ts";
import { withInfinities } from "../../src/page/app/state/message.ts";
import { valuesJson } from "../../src/page/charts/values-json.ts";
import { PageEvents } from "../../src/page/page-events.ts";
import type { ChartData, Points, ViewData } from "../../src/page/protocol.ts";
import type { UnusualSpan } from "../../src/page/charts/unusual-times.ts";
import { KnownMetrics } from "../../src/page/views/known-metrics.ts";
import { LiveView } from "../../src/page/views/live-view.ts";
import { awaited, type Reading, readingOf } from "../../src/query/reading.ts";
import { type Catalogue, type MetricMetadata, SampleSource } from "../../src/query/sample-source.ts";
import { LiveExemplars } from "../../src/query/live/live-exemplars.ts";
import type { SampleSeries, Selection } from "../../src/query/source.ts";

const STEP = 5_000;
const START = 1_700_000_000_000;
const { signal } = new AbortController();

/** A gauge of 30 queues, a counter, and the anomalies of a queue. Each has a sample each 5 seconds. */
class Samples extends SampleSource {
  failure: Error | undefined;
  isInMemory = false;
  unusual: readonly number[] = [];

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => this.#read(selection));
  }

  *#read(selection: Selection): Reading<SampleSeries> {
    if (!this.isInMemory) yield* awaited(Promise.resolve());
    if (this.failure !== undefined) throw this.failure;
    yield this.#samples(selection);
  }

  #samples({ matchers, from, to }: Selection): readonly SampleSeries[] {
    if (matchers.some(({ value }) => value === "anomaly_active")) return [this.#anomalies(from, to)];
    const isCounter = matchers.some(({ value }) => value.startsWith("sent_total"));
    const queues = isCounter ? [0] : Array.from({ length: 30 }, (_, i) => i);
    const name = isCounter ? "sent_total" : "depth";
    return queues.map((queue) => samples({ __name__: name, queue: `${queue}` }, from, to, queue));
  }

  #anomalies(from: number, to: number): SampleSeries {
    const labels = {
      __name__: "anomaly_active",
      anomaly_metric: "depth",
      anomaly_kind: "value",
      queue: "20",
    };
    const { times } = samples(labels, from, to, 0);
    return { labels, times, values: times.map((time) => Number(this.unusual.includes(time))) };
  }

  override catalogue(): Catalogue {
    const metric = (name: string, type: string): MetricMetadata => ({ name, type, help: "", unit: "" });
    return {
      ...super.catalogue(),
      labels: (selection) => readingOf(this.#samples(selection).map(({ labels }) => labels)),
      metadata: async () => [metric("depth", "gauge"), metric("sent_total", "counter")],
      beginUnixMillis: this.isInMemory ? -Infinity : Infinity,
    };
  }
}

function samples(labels: SampleSeries["labels"], from: number, to: number, value: number): SampleSeries {
  const times: number[] = [];
  for (let time = Math.ceil(from / STEP) * STEP; time <= to; time += STEP) times.push(time);
  return { labels, times: Float64Array.from(times), values: Float64Array.from(times, () => value) };
}

function viewOf(metric: string, source: SampleSource, spans: readonly UnusualSpan[] = []): LiveView {
  const steps = { rangeMillis: 60_000, stepMillis: STEP };
  return new LiveView(`instrument/${metric}`, { kind: "instrument", metric, by: undefined }, steps, {
    source: () => source,
    queries: new ChartQueries(),
    known: new KnownMetrics(),
    events: new PageEvents([new Events()], () => undefined),
    exemplars: new LiveExemplars({}),
    onlyMember: () => undefined,
    workerOf: (instance: string) => instance,
    expectedAt: () => undefined,
    unusualSpans: () => spans,
    resolutionMillis: STEP,
    storedMillis: () => 60_000,
  });
}

async function chartOf(view: LiveView): Promise<ChartData | undefined> {
  const data: ViewData = JSON.parse((await view.json()).toString());
  return data.charts[0];
}

test("an error of a chart is sent with the whole view, and so is its end, with the highest series", async () => {
  const source = new Samples();
  const view = viewOf("depth", source);
  await view.evaluateRange(START, signal);
  expect(await view.advance(START + STEP, signal)).toMatchObject({ charts: [{ id: "value" }] });
  // The list of attributes does not fail.
  source.failure = new Error("the file is damaged");
  expect(await view.advance(START + 2 * STEP, signal)).toBeUndefined();
  expect(await chartOf(view)).toMatchObject({ error: "expanding series: the file is damaged" });
  source.failure = undefined;
  expect(await view.advance(START + 3 * STEP, signal)).toBeDefined();
  expect(await chartOf(view)).toMatchObject({ error: "expanding series: the file is damaged" });
  expect(await view.advance(START + 5 * STEP, signal)).toBeUndefined();
  const chart = await chartOf(view);
  expect(chart).not.toHaveProperty("error");
  expect(chart).toMatchObject({ hidden: 10, series: { length: 20 } });
  expect(Math.min(...(chart?.series ?? []).map(({ values }) => values.at(-1) ?? 0))).toBe(10);
});

test("rates have the window of the history until all samples of the range are in memory", async () => {
  const source = new Samples();
  const view = viewOf("sent_total", source);
  await view.evaluateRange(START, signal);
  expect(await chartOf(view)).toMatchObject({ expressions: ["rate(sent_total[4m])"] });
  expect(await view.advance(START + STEP, signal)).toBeDefined();
  source.isInMemory = true;
  expect(await view.advance(START + 2 * STEP, signal)).toBeUndefined();
  expect(await chartOf(view)).toMatchObject({ expressions: ["rate(sent_total[1m])"] });
  expect(await view.advance(START + 3 * STEP, signal)).toBeDefined();
});

test("after a pause of the process the range is evaluated anew, and a few missed steps are not", async () => {
  const source = new Samples();
  const view = viewOf("depth", source);
  await view.evaluateRange(START, signal);
  const later = START + 8 * STEP;
  expect(await view.advance(later, signal)).toBeDefined();
  expect(await view.advance(later + 11 * STEP, signal)).toBeUndefined();
  const { times }: ViewData = JSON.parse((await view.json()).toString());
  expect(times.map((time) => (time * 1_000 - later) / STEP)).toEqual(
    Array.from({ length: 13 }, (_, i) => i - 1),
  );
});

test("infinite values are sent, and a label that looks like one stays a text", async () => {
  const source = new Samples();
  const infinite = [["+Inf", Infinity] as const, ["-Inf", -Infinity] as const];
  source.read = (selections) =>
    selections.map(({ from, to }) =>
      readingOf(infinite.map(([queue, value]) => samples({ __name__: "depth", queue }, from, to, value))),
    );
  const view = viewOf("depth", source);
  await view.evaluateRange(START, signal);
  const { charts }: ViewData = JSON.parse((await view.json()).toString(), withInfinities);
  const seen = charts[0]?.series.map(({ labels, values }) => [labels["queue"], values.at(-1)]);
  expect(seen).toEqual([
    ["+Inf", Infinity],
    ["-Inf", -Infinity],
  ]);
  const advanced = valuesJson(await view.advance(START + STEP, signal));
  const points: Points = JSON.parse(advanced, withInfinities);
  expect(points.charts[0]?.values).toEqual([Infinity, -Infinity]);
});

test("a chart has the times at which one of its series was unusual, in the history and in this process", async () => {
  const source = new Samples();
  source.unusual = [START - 2 * STEP, START - STEP];
  const spans: UnusualSpan[] = [];
  const view = viewOf("depth", source, spans);
  await view.evaluateRange(START, signal);
  const unusual = async (): Promise<ChartData["unusual"]> => (await chartOf(view))?.unusual;
  expect(await unusual()).toEqual([...Array.from({ length: 10 }, () => false), true, true, false]);
  expect((await view.advance(START + STEP, signal))?.charts[0]?.unusual).toBeUndefined();
  const series = { metric: "depth", kind: "value", labels: { queue: "20" } };
  const at = (START + 2 * STEP) / 1_000;
  spans.push({ ...series, from: at - 1, to: undefined }, { ...series, kind: "rate", from: 0, to: at });
  expect((await view.advance(START + 2 * STEP, signal))?.charts[0]?.unusual).toBe(true);
  expect((await unusual())?.map(Number).join("")).toBe("0000000011001");
  spans[0] = { ...series, from: at - 1, to: at + 1 };
  for (let i = 3; i <= 14; i++) await view.advance(START + i * STEP, signal);
  expect((await unusual())?.map(Number).join("")).toBe("1000000000000");
  await view.advance(START + 15 * STEP, signal);
  expect(await unusual()).toBeUndefined();
});

test("a chart with an idle series is not evaluated anew, and one with a series that has ended is, once", async () => {
  const source = new Samples();
  let end = Infinity;
  source.read = (selections) =>
    selections.map(({ from, to }) => {
      const idle = samples({ __name__: "depth", queue: "idle" }, from, to, NaN);
      const ended = samples({ __name__: "depth", queue: "ended" }, from, Math.min(to, end), 1);
      return readingOf([idle, ended].filter(({ times }) => times.length > 0));
    });
  const view = viewOf("depth", source);
  await view.evaluateRange(START, signal);
  const wholes = async (from: number, steps: number): Promise<number> => {
    let count = 0;
    for (let i = 1; i <= steps; i++) if ((await view.advance(from + i * STEP, signal)) === undefined) count++;
    return count;
  };
  expect(await wholes(START, 30)).toBe(0);
  end = START + 30 * STEP;
  const names = async (): Promise<readonly (string | undefined)[]> =>
    ((await chartOf(view))?.series ?? []).map(({ labels }) => labels["queue"]);
  expect(await names()).toEqual(["ended", "idle"]);
  // It is shown for another 5 minutes, and is in the range for a minute.
  expect(await wholes(end, 90)).toBe(1);
  expect(await names()).toEqual(["idle"]);
});
