// All queries of a report.
import type { History, KnownMetric, RemoteHistory } from "../../history/index.ts";
import { selectorText } from "../query/result-text.ts";
import { blockingFunctions } from "./blocks.ts";
import { commandUsage } from "./commands.ts";
import type { FailureCount, Report, ReportRange } from "./document.ts";
import { slower, slowest } from "./durations.ts";
import { type FiguredRange, keyFigures } from "./figures.ts";
import { failureCounts } from "./failures.ts";
import { findingsOf } from "./findings.ts";
import { capacityForecasts, type Limit } from "./forecasts.ts";
import { incidentsOf } from "./incidents.ts";
import { levelChanges } from "./level-changes.ts";
import { chartOf, type ReportChart, type ReportPanel } from "./panel-charts.ts";
import { reportPanels } from "./report-panels.ts";
import { type Span, spanBefore } from "./span.ts";
import { reportTables } from "./tables.ts";
import { type ChartSteps, spanOfData, stepsFor, wholeSeconds } from "./window.ts";

// Limit of examined metrics of each kind; further ones are left out.
const MAX_METRICS = 100;
// Metrics whose values stand for states. They have charts of states instead.
const IS_STATE = /[._](?:state|status|is_leader|active)$/;
const MAX_FIRST = 20;
// Only one figure of the range before is shown.
const STEPS_BEFORE = 40;

/** Runs all queries of a report about a range. `store` is a path or URL, shown as `name`. */
export async function gathered(
  history: History | RemoteHistory,
  store: string,
  span: Span,
  limits: readonly Limit[],
  name: string = store,
): Promise<Report> {
  const durations: KnownMetric[] = [];
  const gauges: KnownMetric[] = [];
  const counters: KnownMetric[] = [];
  for await (const metric of history.metrics()) {
    if (isDuration(metric)) durations.push({ ...metric, unit: "s" });
    else if (metric.type === "gauge" && !IS_STATE.test(metric.name)) gauges.push(metric);
    else if (metric.type === "counter") counters.push(metric);
  }
  const shares = gauges.filter(({ unit }) => unit === "1");
  const changing = [...durations, ...gauges, ...counters].slice(0, MAX_METRICS);
  const [some, others] = [durations.slice(0, MAX_METRICS), shares.slice(0, MAX_METRICS)];
  const commands = await commandUsage(history, span);
  const failures = await failureCounts(history, span, commands);
  const compared = await slower(history, some, span);
  const found = {
    store: name,
    range: rangeOf(span),
    before: rangeOf(spanBefore(span)),
    ...(await drawn(history, store, span, failures)),
    commands,
    failures,
    blocks: await blockingFunctions(history, span),
    slowest: await slowest(history, some, span),
    slower: compared.slower,
    changes: await levelChanges(history, changing, span),
    forecasts: await capacityForecasts(history, others, limits, span),
    examined: {
      durations: some.length,
      unmatched: compared.unmatched,
      shares: others.length + limits.length,
      changes: changing.length,
    },
  };
  return { ...found, summary: findingsOf(found) };
}

// Histograms that were registered under a Prometheus name have their unit in it.
function isDuration({ type, unit, name }: KnownMetric): boolean {
  return type === "histogram" && (unit === "s" || (unit === "" && name.endsWith("_seconds")));
}

// Charts, key figures, tables and incidents.
async function drawn(
  history: History | RemoteHistory,
  store: string,
  span: Span,
  failures: readonly FailureCount[],
): Promise<Pick<Report, "charts" | "figures" | "incidents" | "tables">> {
  const { parse, format } = await import("../../query/index.ts");
  const { panels, metrics } = await reportPanels(history, { parse, format });
  const selector = firstOf(metrics);
  const data = await spanOfData(history, span, selector);
  const metric = ratedMetric(panels, metrics) ?? metrics[0];
  const step = Math.ceil((span.to - span.from) / STEPS_BEFORE);
  // The store may have events of alerts nevertheless.
  if (data === undefined || metric === undefined)
    return {
      charts: [],
      figures: [],
      tables: [],
      incidents: await incidentsOf(history, store, { span, step }),
    };
  const steps = await stepsFor(history, data, selectorText({ __name__: metric }, format), span);
  const charts: ReportChart[] = [];
  for (const panel of panels) {
    const chart = await chartOf(history, panel, steps);
    if (chart !== undefined) charts.push(chart);
  }
  const shown = panels.filter(({ id }) => charts.some((chart) => chart.isInOverview && chart.id === id));
  return {
    charts,
    tables: await reportTables(history, new Set(metrics), steps),
    figures: keyFigures(
      { charts, shares: sharesOf(failures) },
      await rangeBefore(history, shown, steps, spanBefore(span), selector),
    ),
    incidents: await incidentsOf(history, store, steps),
  };
}

// A selector of some metrics, one of which is there from the start on.
function firstOf(metrics: readonly string[]): string {
  const names = metrics.slice(0, MAX_FIRST).map((name) => name.replaceAll(/[^\w:]/g, "."));
  return `{__name__=~"${names.join("|")}"}`;
}

// A metric of which rates are drawn. Rules write theirs, such as ALERTS, at another interval.
function ratedMetric(panels: readonly ReportPanel[], metrics: readonly string[]): string | undefined {
  const rated = panels.filter(({ queries }) =>
    queries.some(({ expression }) => expression.includes("$range")),
  );
  return rated.flatMap(({ needs }) => needs).find((need) => metrics.includes(need));
}

async function rangeBefore(
  history: History | RemoteHistory,
  panels: readonly ReportPanel[],
  steps: ChartSteps,
  range: Span,
  selector: string,
): Promise<FiguredRange | undefined> {
  const span = await spanOfData(history, range, selector);
  // A store may begin at the end of the range.
  if (span === undefined || 4 * (span.to - span.from) < range.to - range.from) return undefined;
  const step = Math.ceil((span.to - span.from) / STEPS_BEFORE);
  const whole = wholeSeconds(history, span, range);
  const charts: ReportChart[] = [];
  for (const panel of panels) {
    const chart = await chartOf(history, panel, { ...steps, span, step, whole }, true);
    if (chart !== undefined) charts.push(chart);
  }
  return { charts, shares: sharesOf(await failureCounts(history, span, [])) };
}

// Only the command with the highest share is counted, which is not the share of all commands.
function sharesOf(failures: readonly FailureCount[]): ReadonlyMap<string, number> {
  const ofAll = failures.filter(({ of }) => of === "");
  return new Map(ofAll.map(({ chart, failures: failed, total }) => [chart, failed / total]));
}

function rangeOf({ from, to }: Span): ReportRange {
  return { from: new Date(from * 1_000).toISOString(), to: new Date(to * 1_000).toISOString() };
}
