// A view with its data, for all its clients: over a range, and then one step after the other.
import { inSlices, Slices } from "../../io/yield.ts";
import { type SavedParts, Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import { countedFrom, type Pause } from "../../query/from-zero.ts";
import { gathered } from "../../query/reading.ts";
import type { LiveExemplars } from "../../query/live/live-exemplars.ts";
import type { ChartQueries } from "../charts/chart-plan.ts";
import type { ExpectedAt } from "../charts/expected-band.ts";
import {
  type ChartAnomalies,
  type ChartEvaluation,
  type ChartPoints,
  LiveChart,
  sharedParts,
} from "../charts/live-chart.ts";
import { type ChartSteps, rateWindow } from "../charts/steps.ts";
import { earlierStarts } from "../charts/earlier-starts.ts";
import { UNUSUAL, type UnusualSpan, UnusualTimes } from "../charts/unusual-times.ts";
import { LiveTables } from "../tables/live-tables.ts";
import { valuesJson } from "../charts/values-json.ts";
import type { PageEvents } from "../page-events.ts";
import { STARTS } from "../panels/index.ts";
import type { PageEvent, Points, View, ViewData } from "../protocol.ts";
import type { KnownMetrics } from "./known-metrics.ts";
import type { ViewName } from "./view-name.ts";
import { planOf, type ViewPlan } from "./view-plan.ts";

/** The parts that a view is made of. */
export interface LiveViewParts {
  readonly source: () => SampleSource;
  readonly queries: ChartQueries;
  readonly known: KnownMetrics;
  readonly events: PageEvents;
  readonly exemplars: LiveExemplars;
  /** Name of the only member of the group; `undefined` if there are several. */
  readonly onlyMember: () => string | undefined;
  /** Number of a member, by its name. */
  readonly workerOf: (instance: string) => string;
  /** Expected ranges of the series that the detection of anomalies watches. */
  readonly expectedAt: ExpectedAt;
  /** When series were unusual, since the start of this process. */
  readonly unusualSpans: () => readonly UnusualSpan[];
  /** Time between two collections without the page. */
  readonly resolutionMillis: number;
  /** Time between two collections of the history; 0 without one. */
  readonly storedMillis: () => number;
}

// The application shares the memory: 5 million samples are 80 MB.
const MAX_SAMPLES = 5_000_000;
const NO_PLAN: ViewPlan = { charts: [], areas: [] };
// Views that depend on the series, not only on the metrics.
const WITH_LISTS: ReadonlySet<ViewName["kind"]> = new Set(["instruments", "instrument", "process"]);
// They are made anew at most this often.
const LIST_MILLIS = 15_000;
const RANK_MILLIS = 60_000;
/** Pause after an evaluation that failed. */
export const RETRY_MILLIS = 15_000;
// A slow view misses up to this number of steps. After more, the range is evaluated anew, so that no line crosses the gap.
const MAX_MISSED_STEPS = 10;

/** The data of a view. Its functions must not run at the same time. */
export class LiveView {
  readonly #text: View;
  readonly #name: ViewName;
  readonly #steps: ChartSteps;
  readonly #parts: LiveViewParts;
  readonly #unusual: UnusualTimes;
  readonly #tables = new LiveTables();
  #plan = NO_PLAN;
  #charts: readonly LiveChart[] = [];
  /** Parts that the expressions of all charts share. */
  #shared: SavedParts | undefined;
  #times: number[] = [];
  #pastEvents: readonly PageEvent[] = [];
  #isLive = false;
  #metrics = "";
  #window = "";
  #beganMillis = -Infinity;
  #plannedMillis = -Infinity;

  constructor(text: View, name: ViewName, steps: ChartSteps, parts: LiveViewParts) {
    this.#text = text;
    this.#name = name;
    this.#steps = steps;
    this.#parts = parts;
    this.#unusual = new UnusualTimes(parts.queries.predefined(UNUSUAL, ""), parts.unusualSpans);
  }

  /** Time of the last step, in Unix milliseconds. */
  get lastMillis(): number {
    return (this.#times.at(-1) ?? -Infinity) * 1_000;
  }

  /** The view follows the present, and the exemplars of its metric are kept. Returns a function that ends this. */
  watch(): () => void {
    this.#isLive = true;
    return this.#name.kind === "instrument" ? this.#parts.exemplars.watch(this.#name.metric) : () => {};
  }

  /** Resolves once there are samples. */
  async ready(): Promise<void> {
    await this.#parts.source().catalogue().ready();
  }

  /** Evaluates the range that ends at a time, in Unix milliseconds. If it fails, the view has no last step. */
  async evaluateRange(endMillis: number, signal: AbortSignal): Promise<void> {
    this.#times = [];
    const { rangeMillis, stepMillis } = this.#steps;
    const count = Math.floor(rangeMillis / stepMillis) + 1;
    const start = endMillis - (count - 1) * stepMillis;
    const evaluation = this.#evaluation(signal);
    this.#plan = await this.#planAt(endMillis, evaluation.source, signal);
    const charts = this.#plan.charts.map((plan) => new LiveChart(plan));
    for (const chart of charts) await chart.evaluateRange({ start, stepMillis, count }, evaluation);
    await this.#unusual.evaluateRange({ start, stepMillis, count }, evaluation);
    await this.#tables.evaluate(this.#plan.tables ?? [], endMillis, evaluation);
    const [from, to] = [start / 1_000, endMillis / 1_000];
    const hasMarks = charts.length > 0 || this.#hasEventList || this.#name.kind === "overview";
    const starts = hasMarks
      ? await earlierStarts(
          this.#parts.queries.predefined(STARTS, ""),
          { start, stepMillis, count },
          evaluation,
        )
      : [];
    const stored = await this.#parts.events.past(from, to, this.#hasEventList, signal);
    this.#pastEvents = [...starts, ...stored];
    this.#charts = charts;
    this.#shared = undefined;
    this.#times = Array.from({ length: count }, (_, i) => (start + i * stepMillis) / 1_000);
    this.#beganMillis = endMillis;
  }

  /**
   * Adds a step. Returns its points; `undefined` if all data were evaluated anew, since other charts or series belong there
   * or a chart failed.
   */
  async advance(timeMillis: number, signal: AbortSignal): Promise<Points | undefined> {
    const evaluation = this.#evaluation(signal);
    const isListed = await this.#planAgain(timeMillis, evaluation.source, signal);
    if (isListed === undefined || this.#isOutdated(timeMillis)) {
      await this.evaluateRange(timeMillis, signal);
      return undefined;
    }
    const first = (timeMillis - this.#steps.rangeMillis) / 1_000;
    const kept = this.#times.findIndex((time) => time >= first);
    const dropped = kept < 0 ? this.#times.length : kept;
    this.#times.splice(0, dropped);
    this.#times.push(timeMillis / 1_000);
    const place = { dropped, count: this.#times.length };
    const before = this.#shown().length;
    const charts: Points["charts"][number][] = [];
    const failed = this.#failedCount;
    this.#shared ??= sharedParts(this.#charts.flatMap(({ plan }) => plan.queries));
    const shortcuts = new Shortcuts(this.#shared);
    const step = { ...evaluation, limits: { ...evaluation.limits, shortcuts } };
    for (const chart of this.#charts) charts.push(await chart.advance(timeMillis, place, step));
    const hasTables = await this.#tables.advance(this.#plan.tables ?? [], timeMillis, evaluation);
    // Clients learn of errors by a whole view.
    if (this.#failedCount > failed) {
      await this.evaluateRange(timeMillis, signal);
      return undefined;
    }
    const shown = this.#shown();
    // A chart that had nothing to show is not known to the clients.
    if (isListed || shown.length !== before) return undefined;
    const ids = new Set(shown.map(({ plan }) => plan.id));
    const time = timeMillis / 1_000;
    const anomalies = new Map(shown.map((chart) => [chart.plan.id, this.#anomalies(chart, [time])]));
    const moved = charts.filter(({ id }) => ids.has(id));
    return {
      time,
      charts: moved.map((points) => withAnomalies(points, anomalies.get(points.id))),
      ...(hasTables && { tables: this.#tables.data }),
    };
  }

  /** All data as JSON, written in slices. */
  async json(): Promise<Buffer> {
    const pieces: string[] = [];
    await inSlices(this.#writeJson(pieces));
    return Buffer.from(pieces.join(""));
  }

  *#writeJson(pieces: string[]): Generator<void, void> {
    const { instruments, instrument, areas } = this.#plan;
    const to = this.#times.at(-1) ?? 0;
    const from = this.#times[0] ?? 0;
    // The latest events of a view that is watched are newer than its last step.
    const end = this.#isLive ? Math.max(to, Date.now() / 1_000) : to;
    const rest: Omit<ViewData, "charts"> = {
      view: this.#text,
      from,
      to,
      step: this.#steps.stepMillis / 1_000,
      times: this.#times,
      areas,
      ...(instruments !== undefined && { instruments }),
      ...(instrument !== undefined && { instrument }),
      ...(this.#plan.tables !== undefined && { tables: this.#tables.data }),
      events: this.#parts.events.between(from, end, this.#hasEventList, this.#pastEvents),
    };
    pieces.push(JSON.stringify(rest).slice(0, -1), ',"charts":[');
    yield;
    for (const [i, chart] of this.#shown().entries()) {
      pieces.push(
        i === 0 ? "" : ",",
        JSON.stringify(chart.head(this.#anomalies(chart, this.#times))).slice(0, -1),
      );
      pieces.push(',"series":[');
      let separator = "";
      for (const series of chart.series()) {
        pieces.push(separator, valuesJson(series));
        separator = ",";
        yield;
      }
      pieces.push("]}");
    }
    pieces.push("]}");
  }

  #anomalies(chart: LiveChart, times: readonly number[]): ChartAnomalies {
    return chart.anomalies(this.#parts.expectedAt, this.#unusual, times);
  }

  get #hasEventList(): boolean {
    return this.#name.kind === "events";
  }

  #evaluation(signal: AbortSignal): ChartEvaluation {
    const slices = new Slices();
    return {
      source: this.#parts.source(),
      limits: { maxSamples: MAX_SAMPLES, signal, isWithoutAnnotations: true, isFromZero: true },
      pause: () => slices.next(),
    };
  }

  // Charts of a metric that exists, but has no value yet, are evaluated only.
  #shown(): readonly LiveChart[] {
    return this.#charts.filter((chart) => !chart.isEmpty);
  }

  // Plans again if there are other metrics, the window of rates changes, or a list is old. Returns whether the view has a
  // new list; `undefined` if other charts belong there.
  async #planAgain(
    timeMillis: number,
    source: SampleSource,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const hasList = WITH_LISTS.has(this.#name.kind);
    const isOld = hasList && (timeMillis - this.#plannedMillis >= LIST_MILLIS || this.#hasFirstExemplars());
    const isSame = !isOld && this.#window === (await this.#windowAt(timeMillis, source));
    if (isSame && this.#metrics === (await metricNames(source))) return false;
    const plan = await this.#planAt(timeMillis, source, signal);
    if (signatureOf(plan) !== signatureOf(this.#plan)) return undefined;
    const isChanged = listsOf(plan) !== listsOf(this.#plan);
    this.#plan = plan;
    return isChanged;
  }

  // Exemplars are kept from the first view on: the first ones are shown at once.
  #hasFirstExemplars(): boolean {
    const { instrument } = this.#plan;
    return instrument?.exemplars.length === 0 && this.#parts.exemplars.of(instrument.name).length > 0;
  }

  async #planAt(timeMillis: number, source: SampleSource, signal: AbortSignal): Promise<ViewPlan> {
    const metrics = await metricNames(source);
    this.#plannedMillis = timeMillis;
    const { queries, known, exemplars, onlyMember, workerOf } = this.#parts;
    const range = { from: timeMillis - this.#steps.rangeMillis, to: timeMillis, signal };
    const window = await this.#windowAt(timeMillis, source);
    const parts = { source, queries, known, exemplars, onlyMember, workerOf, window, range };
    const plan = await planOf(this.#name, parts);
    // After an error, it is planned again.
    [this.#metrics, this.#window] = [metrics, window];
    return plan;
  }

  // Stored samples may be further apart than those in memory. A process stores its first one an interval after its start.
  async #windowAt(timeMillis: number, source: SampleSource): Promise<string> {
    const { resolutionMillis, storedMillis } = this.#parts;
    const start = timeMillis - this.#steps.rangeMillis;
    const { beginUnixMillis } = source.catalogue();
    const isInMemory = (from: number): boolean => beginUnixMillis <= Math.min(from, timeMillis);
    if (isInMemory(start)) return rateWindow(this.#steps, resolutionMillis);
    const pauses = await pausesOf(source, start).catch(() => []);
    const counted = countedFrom(pauses, start, timeMillis);
    const isWhole = counted > start && isInMemory(counted + storedMillis());
    return rateWindow(this.#steps, isWhole ? resolutionMillis : Math.max(resolutionMillis, storedMillis()));
  }

  // After the clock was set back or the process stood still, if a chart has an error, and if other series have the highest
  // values.
  #isOutdated(timeMillis: number): boolean {
    const passed = timeMillis - this.lastMillis;
    if (passed < 0 || passed > MAX_MISSED_STEPS * this.#steps.stepMillis) return true;
    const age = timeMillis - this.#beganMillis;
    if (age >= RETRY_MILLIS && this.#failedCount > 0) return true;
    return age >= RANK_MILLIS && this.#charts.some(({ isOutdated }) => isOutdated);
  }

  get #failedCount(): number {
    return this.#charts.filter(({ isFailed }) => isFailed).length;
  }
}

function withAnomalies(points: ChartPoints, { band, unusual }: ChartAnomalies = {}): ChartPoints {
  return {
    ...points,
    ...(band !== undefined && { band: { low: band.low[0] ?? null, high: band.high[0] ?? null } }),
    ...(unusual !== undefined && { unusual: true }),
  };
}

// Charts and areas of a plan, to compare it with another one.
function signatureOf({ charts, areas }: ViewPlan): string {
  const expressions = charts.map(({ id, queries }) => [id, queries.map(({ expression }) => expression)]);
  return JSON.stringify([areas, expressions]);
}

function listsOf({ instruments, instrument }: ViewPlan): string {
  return JSON.stringify([instruments, instrument]);
}

// The metrics of the last collection.
async function metricNames(source: SampleSource): Promise<string> {
  const metadata = await source.catalogue().metadata();
  return metadata.map(({ name }) => name).join();
}

// Rejects after the end of the source, too.
async function pausesOf(source: SampleSource, from: number): Promise<readonly Pause[]> {
  return await inSlices(gathered(source.catalogue().pauses(from)));
}
