// Names of series with their values at the cursor, or the last ones.
import type { JSX } from "preact";
import { shownText } from "../../../diagnostics/foreign-text.ts";
import type { ChartData, ChartSeries } from "../../protocol.ts";
import { labelsText } from "../../charts/legend.ts";
import { linkTo } from "../state/route.ts";
import { valueWithUnit } from "../text/values.ts";
import { seriesColor, stateColor } from "./colors.ts";
import { cursorTime, nearestIndex } from "./cursor.ts";

/** The text of a chart's value: with its unit, or the name of its state. */
export function valueOf(chart: ChartData, value: number | null | undefined): string {
  if (chart.kind !== "state" || value === null || value === undefined)
    return valueWithUnit(value, chart.unit);
  return shownText(chart.states?.[value] ?? String(value));
}

/**
 * The name of a series, or the chart's title if it is the only one without a name. A name that lists all labels is
 * shortened to those in which the series of the chart differ.
 */
export function nameOf(series: ChartSeries, chart: ChartData): string {
  const { name, labels } = series;
  if (isOfLabels(series) && chart.series.length > 1) {
    const different = differentLabels(chart);
    const own = Object.entries(labels).filter(([label, value]) => different.includes(label) && value !== "");
    // Several names would leave no room for the values: the legend has them once.
    const text =
      different.length > 1 ? own.map(([, value]) => value).join(" ") : labelsText(Object.fromEntries(own));
    return shownText(text || name);
  }
  return shownText(name === "" ? chart.title : name);
}

function isOfLabels({ name, labels }: ChartSeries): boolean {
  return name.includes("=") && labelsText(labels).startsWith(name.replace(/…$/, ""));
}

// Names of the labels in which the series differ.
function differentLabels({ series }: ChartData): readonly string[] {
  const first = series[0]?.labels ?? {};
  const names = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  return [...names].filter((name) => series.some(({ labels }) => labels[name] !== first[name]));
}

interface Properties {
  readonly chart: ChartData;
  readonly times: readonly number[];
}

const MAX_NAMES = 12;

/** The legend of a chart. */
export function Legend({ chart, times }: Properties): JSX.Element {
  const shown = [...chart.series.slice(0, MAX_NAMES).entries()];
  // The highest line first, as in the plot, but not one that has ended: a small chart has room for two names.
  if (chart.kind !== "state") shown.sort(([, one], [, other]) => highest(other) - highest(one));
  const isEnded = ({ values }: ChartSeries): boolean => (values.at(-1) ?? null) === null;
  shown.sort(([, one], [, other]) => Number(isEnded(one)) - Number(isEnded(other)));
  const named =
    chart.series.length > 1 && shown.some(([, each]) => isOfLabels(each)) ? differentLabels(chart) : [];
  const further = chart.series.length - shown.length + (chart.hidden ?? 0);
  return (
    <ul class="legend">
      {named.length > 1 && <li class="by muted">{shownText(named.join(", "))}</li>}
      {chart.kind === "stacked" && <Sum chart={chart} times={times} />}
      {shown.map(([i, series]) => (
        <Entry key={i} chart={chart} series={series} index={i} times={times} />
      ))}
      {further > 0 && <li class="muted">+ {further} more</li>}
    </ul>
  );
}

// The sum of stacked series. Memory has none, since that of caches is free if it is needed.
function Sum({ chart, times }: Properties): JSX.Element | null {
  if ((chart.hidden ?? 0) > 0 || chart.series.length < 2 || chart.unit === "By") return null;
  const at = indexAt(times);
  const values = chart.series.flatMap((series) => series.values[at] ?? []);
  const sum = values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  return (
    <li>
      <span class="name">sum</span> <span class="value">{valueOf(chart, sum)}</span>
    </li>
  );
}

// At the cursor; without one, the last.
function indexAt(times: readonly number[]): number {
  const time = cursorTime.value;
  return time === undefined ? times.length - 1 : nearestIndex(times, time);
}

// Over the whole time that is shown, so that names rarely change places.
function highest({ values }: ChartSeries): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? -Infinity), -Infinity);
}

function Entry(props: {
  readonly chart: ChartData;
  readonly series: ChartSeries;
  readonly index: number;
  readonly times: readonly number[];
}): JSX.Element {
  const { chart, series, index, times } = props;
  const at = indexAt(times);
  const value = series.values[at];
  const link = memberLink(series.labels);
  const name = nameOf(series, chart);
  return (
    <li title={series.name === "" ? name : shownText(series.name)}>
      <Mark chart={chart} index={index} value={value} />
      {/* The only series of a chart has the chart's title. */}
      {link !== undefined ? (
        <a class="name" href={link}>
          {name}
        </a>
      ) : (
        name !== shownText(chart.title) && <span class="name">{name}</span>
      )}
      <data class="value" value={String(value ?? "")} data-time={times[at]}>
        {valueOf(chart, value)}
      </data>
    </li>
  );
}

/** The mark of a series: its colour, or that of its state. */
export function Mark(props: {
  readonly chart: ChartData;
  readonly index: number;
  readonly value: number | null | undefined;
}): JSX.Element {
  const { chart, index, value } = props;
  const name =
    chart.kind === "state" ? `state-${stateColor(chart.states?.[value ?? -1] ?? "")}` : seriesColor(index);
  return <i class={`mark ${name}`} aria-hidden="true" />;
}

function memberLink(labels: Readonly<Record<string, string>>): string | undefined {
  const kernel = labels["kernel_id"] ?? "";
  if (kernel !== "") return linkTo("kernel", kernel);
  const instance = labels["instance"] ?? "";
  return instance === "" ? undefined : linkTo("process", instance);
}
