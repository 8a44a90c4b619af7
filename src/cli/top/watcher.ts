// Refreshes what is watched, and asks for what all views need.
import { Trends, type Grid, STEPS } from "./trends.ts";
import { isObject } from "../../options/check.ts";
import { restartsIn, STARTS } from "../../page/panels/index.ts";
import { Moment, type Status } from "./moment.ts";
import { valuesAt } from "./values.ts";
import { TableFigures } from "./table-figures.ts";
import type { Clock } from "../../explain/application.ts";
import type { Watched } from "./watched/watched.ts";

/** Ranges that the keys + and - select, in seconds. */
const RANGES = [60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800];
// The list of all metrics is asked for this seldom, except of samples in this process.
const CATALOGUE_SECONDS = 15;
// Metrics that exist in each application, whose times are those of all samples.
const PROBES = ["process_uptime_seconds", "target_info", "process_cpu_time_seconds_total", "up"];
const PROBED_SECONDS = 600;
const DEFAULT_RESOLUTION_SECONDS = 15;
// A rate needs two samples, also if one is missing.
const RESOLUTIONS_OF_WINDOW = 4;
const MIN_WINDOW_SECONDS = 10;
const MIN_STEP_SECONDS = 1;
// Budgets and restarts change slowly.
const SLOW_SECONDS = 60;
const DAY_SECONDS = 86_400;

/** The times of the samples. */
interface Freshness {
  /** Seconds between two samples of a series. */
  readonly resolution: number;
  /** Seconds since the epoch; `undefined` without samples. */
  readonly newest: number | undefined;
}

interface SlowFigures extends Pick<Status, "budget" | "restarts"> {
  readonly at: number;
}

/** Makes a {@link Moment} of each refresh. */
export class Watcher {
  readonly watched: Watched;
  #range: number;
  #trends: Trends;
  readonly #tables = new TableFigures();
  #slow: SlowFigures = { budget: undefined, restarts: 0, at: -Infinity };
  // Steps are counted from here, so that trends can be continued.
  #anchor: number | undefined;
  #metrics: ReadonlyMap<string, number> = new Map();
  #metricsAt = -Infinity;
  #clock: Clock | undefined;
  #refreshedAt = 0;
  #freshness: Freshness = { resolution: DEFAULT_RESOLUTION_SECONDS, newest: undefined };

  constructor(watched: Watched, range: number = watched.range) {
    this.watched = watched;
    this.#range = range;
    this.#trends = new Trends(watched);
  }

  /** Shown seconds. */
  get range(): number {
    return this.#range;
  }

  /** Age of the newest sample in seconds; `undefined` without samples. */
  get ageSeconds(): number | undefined {
    const { newest } = this.#freshness;
    if (newest === undefined || this.#clock === undefined) return undefined;
    const sinceRefresh = (performance.now() - this.#refreshedAt) / 1_000;
    return Math.max(this.#clock.now + sinceRefresh - newest, 0);
  }

  /** Selects the next range: longer for 1, shorter for -1. */
  changeRange(direction: 1 | -1): void {
    const other =
      direction === 1
        ? RANGES.find((range) => range > this.#range)
        : RANGES.findLast((range) => range < this.#range);
    if (other === undefined) return;
    this.#range = other;
    this.#anchor = undefined;
  }

  /** Collects, and then makes a moment. Rejects if there is no connection. */
  async refresh(signal: AbortSignal): Promise<Moment> {
    this.#clock = await this.watched.refresh(signal);
    this.#refreshedAt = performance.now();
    return this.moment(signal);
  }

  /** The last refresh, for another view or range. */
  async moment(signal: AbortSignal): Promise<Moment> {
    const { watched } = this;
    const clock = this.#clock;
    if (clock === undefined) return this.refresh(signal);
    const grid = this.#grid(clock.end);
    if (watched.isCollected || clock.end - this.#metricsAt >= CATALOGUE_SECONDS) {
      this.#metrics = await metricsAt(watched, clock.end, signal);
      this.#metricsAt = clock.end;
      this.#freshness = await this.#probed(clock.end, signal);
    }
    return new Moment({
      watched,
      trends: this.#trends,
      grid,
      metrics: this.#metrics,
      window: `${this.#windowSeconds(grid)}s`,
      range: this.#range,
      tables: this.#tables,
      status: {
        ...(await statusAt(watched, this.#metrics, clock.end, signal)),
        ...(await this.#slowAt(clock.end, signal)),
      },
      signal,
    });
  }

  // Trends over samples in this process are cheap, and shown up to the last sample.
  #grid(end: number): Grid {
    const step = Math.max(this.#range / STEPS, MIN_STEP_SECONDS);
    if (this.watched.isCollected) {
      this.#trends = new Trends(this.watched);
      return { to: end, step, end };
    }
    // A clock that was set back begins anew.
    if (this.#anchor === undefined || this.#anchor > end) this.#anchor = end;
    return { to: this.#anchor + Math.floor((end - this.#anchor) / step) * step, step, end };
  }

  #windowSeconds({ step }: Grid): number {
    return Math.ceil(Math.max(RESOLUTIONS_OF_WINDOW * this.#freshness.resolution, step, MIN_WINDOW_SECONDS));
  }

  async #slowAt(time: number, signal: AbortSignal): Promise<SlowFigures> {
    if (Math.abs(time - this.#slow.at) >= SLOW_SECONDS)
      this.#slow = {
        budget: await budgetOf(this.watched, time, signal),
        restarts: this.#metrics.has("process_uptime_seconds")
          ? await restartsOf(this.watched, time, signal)
          : 0,
        at: time,
      };
    return this.#slow;
  }

  async #probed(end: number, signal: AbortSignal): Promise<Freshness> {
    const { resolution } = this.#freshness;
    const name = PROBES.find((probe) => this.#metrics.has(probe)) ?? [...this.#metrics.keys()][0];
    if (name === undefined) return { resolution, newest: undefined };
    const selection = {
      matchers: [{ label: "__name__", operator: "=", value: name }] as const,
      from: Math.round((end - PROBED_SECONDS) * 1_000),
      to: Math.round(end * 1_000),
      signal,
    };
    let newest: number | undefined;
    const gaps: number[] = [];
    for await (const { times, stale } of this.watched.select(selection)) {
      for (let i = 1; i < times.length; i++) gaps.push((times[i]! - times[i - 1]!) / 1_000);
      const last = times.findLastIndex((_, i) => stale?.[i] !== 1);
      if (last !== -1) newest = Math.max(newest ?? -Infinity, times[last]! / 1_000);
    }
    const usual = gaps.toSorted((one, other) => one - other)[gaps.length >> 1];
    return { resolution: usual ?? resolution, newest };
  }
}

async function metricsAt(
  watched: Watched,
  time: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const counts = await valuesAt(watched, 'count by (__name__) ({__name__!=""})', time, signal);
  const sorted = counts
    .map(({ labels, value }): [string, number] => [labels["__name__"] ?? "", value])
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return new Map(sorted);
}

async function restartsOf(watched: Watched, time: number, signal: AbortSignal): Promise<number> {
  const times = { from: time - DAY_SECONDS, to: time, step: SLOW_SECONDS, signal };
  const result = await watched.queryRange(STARTS, times);
  return result.kind === "matrix" ? restartsIn(result.series) : 0;
}

// Undefined without rules or data. A server such as VictoriaMetrics alone serves no rules.
async function budgetOf(watched: Watched, time: number, signal: AbortSignal): Promise<number | undefined> {
  if (watched.rules === undefined) return undefined;
  const { budgetsLeft } = await import("../../alerts/parts.ts");
  try {
    const queries = (await watched.rules(signal)).flatMap(({ rules: ofGroup }) =>
      Array.isArray(ofGroup)
        ? ofGroup.map((rule: unknown) => ({ query: isObject(rule) ? String(rule["query"]) : "" }))
        : [],
    );
    const budgets = await budgetsLeft(queries, (used) => watched.query(used, { time, signal }));
    const known = budgets.flatMap(({ left }) => left ?? []);
    return known.length === 0 ? undefined : Math.min(...known);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function statusAt(
  watched: Watched,
  metrics: ReadonlyMap<string, number>,
  time: number,
  signal: AbortSignal,
): Promise<Omit<Status, "budget" | "restarts">> {
  const values = async (metric: string, expression: string): Promise<Awaited<ReturnType<typeof valuesAt>>> =>
    metrics.has(metric) ? valuesAt(watched, expression, time, signal) : [];
  const [info, whole, components, anomalies, members, processes, age] = await Promise.all([
    values("target_info", "count by (service_name, service_version) (target_info)"),
    values("health_status", "max(health_status)"),
    values("health_component_status", "max by (health_component) (health_component_status)"),
    values("anomaly_score", "sort_desc(anomaly_score and anomaly_active > 0)"),
    values("telemetry_group_members", "sum(telemetry_group_members)"),
    values("process_uptime_seconds", "count(process_uptime_seconds)"),
    values("process_uptime_seconds", "max(process_uptime_seconds)"),
  ]);
  const [service, ...others] = info;
  const { service_name: name = "", service_version: version = "" } = service?.labels ?? {};
  return {
    service: others.length > 0 ? "" : `${name} ${version}`.trim(),
    health: {
      whole: whole[0]?.value,
      components: components.map(({ labels, value }) => ({
        name: labels["health_component"] ?? "",
        status: value,
      })),
    },
    alerts: await watched.alerts?.(signal),
    anomalies: anomalies.map(({ labels, value }) => ({ labels, score: value })),
    processes: watched.processCount?.() ?? (members[0] ?? processes[0])?.value,
    upSeconds: age[0]?.value,
  };
}
