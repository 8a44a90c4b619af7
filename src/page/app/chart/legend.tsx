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
  const isOfLabels = name.includes("=") && labelsText(labels).startsWith(name.replace(/…$/, ""));
  if (isOfLabels && chart.series.length > 1) {
    const different = Object.entries(labels).filter(([label, value]) =>
      chart.series.some((each) => each.labels[label] !== value),
    );
    return shownText(labelsText(Object.fromEntries(different)) || name);
  }
  return shownText(name === "" ? chart.title : name);
}

interface Properties {
  readonly chart: ChartData;
  readonly times: readonly number[];
}

const MAX_NAMES = 12;

/** The legend of a chart. */
export function Legend({ chart, times }: Properties): JSX.Element {
  const shown = [...chart.series.slice(0, MAX_NAMES).entries()];
  // The highest line first, as in the plot: a small chart has room for two names.
  if (chart.kind !== "state") shown.sort(([, one], [, other]) => highest(other) - highest(one));
  const further = chart.series.length - shown.length + (chart.hidden ?? 0);
  return (
    <ul class="legend">
      {shown.map(([i, series]) => (
        <Entry key={i} chart={chart} series={series} index={i} times={times} />
      ))}
      {further > 0 && <li class="muted">+ {further} more</li>}
    </ul>
  );
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
  const time = cursorTime.value;
  const at = time === undefined ? times.length - 1 : nearestIndex(times, time);
  const value = series.values[at];
  const link = memberLink(series.labels);
  const name = nameOf(series, chart);
  return (
    <li title={name}>
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
