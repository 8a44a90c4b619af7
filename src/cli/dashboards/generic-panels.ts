// Panels of instruments that the catalogue does not know: by their type.
import { markdownText, shownText } from "../../diagnostics/foreign-text.ts";
import { type PanelQuery, quantilesOf } from "../../page/panels/index.ts";
import { selectorText } from "../query/result-text.ts";
import { type Dashboard, type DashboardPanel, type DashboardRow, heatmapPanel } from "./dashboard.ts";
import type { Syntax } from "./expressions.ts";
import { type Instrument, seriesNames } from "./instruments.ts";

// Series of one panel; more are not legible.
const MAX_SERIES = 20;
const MAX_TITLE = 120;
const LABEL = /^[A-Za-z_]\w*$/;
// Times since the epoch.
const IS_TIME = /_time_seconds$/;

/** A dashboard of the instruments, with a row for each first word of their names; `undefined` without instruments. */
export function instrumentDashboard(
  instruments: readonly Instrument[],
  syntax: Syntax,
): Dashboard | undefined {
  const rows = new Map<string, DashboardPanel[]>();
  for (const instrument of instruments.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const word = titleText(/^[^_:.]*/.exec(instrument.name)?.[0] || instrument.name);
    const panels = rows.get(word) ?? [];
    rows.set(word, [...panels, ...genericPanels(instrument, syntax)]);
  }
  if (rows.size === 0) return undefined;
  return {
    uid: "tachymeter-instruments",
    title: "Tachymeter: other instruments",
    description: "The instruments that no other dashboard shows, by the first word of their names.",
    rows: [...rows].map(([title, panels]): DashboardRow => ({ title, panels, isCollapsed: rows.size > 1 })),
    filters: [],
  };
}

/** The panels of one instrument, by its type. */
export function genericPanels(instrument: Instrument, syntax: Syntax): readonly DashboardPanel[] {
  const { name, type, unit, description } = instrument;
  const panel = {
    id: name,
    title: titleText(name),
    // Grafana reads it as Markdown.
    description: markdownText(shortened(description || name)),
    unit: instrument.unit,
    kind: "lines",
    needs: [name],
    overview: false,
  } as const;
  switch (type) {
    case "counter":
      return [{ ...panel, unit: `${unit}/s`, queries: [counterQuery(instrument, syntax)] }];
    case "gauge":
      return [{ ...panel, queries: [gaugeQuery(instrument, syntax)] }];
    case "histogram":
      return histogramPanels(instrument, panel, syntax);
    default:
      return type satisfies never;
  }
}

function counterQuery(instrument: Instrument, { format }: Syntax): PanelQuery {
  const [label] = [...fittingLabels(instrument)].toSorted(([, one], [, other]) => one - other)[0] ?? [];
  const sum = label === undefined ? "sum" : `sum by (${label})`;
  const rates = seriesNames(instrument).map(
    (name) => `${sum} (rate(${selectorText({ __name__: name }, format)}[$range]))`,
  );
  return { expression: rates.join(" or "), legend: label === undefined ? "rate" : `{{${label}}}` };
}

function gaugeQuery(instrument: Instrument, { format }: Syntax): PanelQuery {
  const selector = selectorText({ __name__: instrument.name }, format);
  const labels = fittingLabels(instrument).map(([label]) => label);
  const series = [...instrument.labels.values()].reduce((product, count) => product * count, 1);
  const legend = [...labels, "instance"].map((label) => `{{${label}}}`).join(" ");
  const highest = `max by (${[...labels, "instance"].join(", ")}) (${selector})`;
  const value = IS_TIME.test(instrument.name) ? `time() - ${highest}` : highest;
  return { expression: series > MAX_SERIES ? `topk(${MAX_SERIES}, ${value})` : value, legend };
}

// The labels that divide the series into few.
function fittingLabels({ labels }: Instrument): readonly (readonly [string, number])[] {
  return [...labels]
    .filter(([label, count]) => LABEL.test(label) && count > 1 && count <= MAX_SERIES)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function histogramPanels(
  { name, isNative, labels }: Instrument,
  panel: Omit<DashboardPanel, "queries">,
  { format }: Syntax,
): readonly DashboardPanel[] {
  const rate = (suffix: string): string =>
    `(rate(${selectorText({ __name__: `${name}${suffix}` }, format)}[$range]))`;
  // Without buckets there is nothing but the mean.
  if (!isNative && labels.get("le") === 1) {
    const expression = `sum ${rate("_sum")} / sum ${rate("_count")}`;
    return [{ ...panel, queries: [{ expression, legend: "mean" }] }];
  }
  const [expression, legend] = isNative
    ? [`sum ${rate("")}`, ""]
    : [`sum by (le) ${rate("_bucket")}`, "{{le}}"];
  return [
    { ...panel, queries: quantilesOf(expression) },
    heatmapPanel({ ...panel, queries: [{ expression, legend }] }),
  ];
}

function titleText(name: string): string {
  return shownText(shortened(name));
}

function shortened(text: string): string {
  return text.length <= MAX_TITLE ? text : `${text.slice(0, MAX_TITLE)}…`;
}
