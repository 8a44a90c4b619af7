// One instrument: all of its series.
import { valueText } from "../../../page/panels/index.ts";
import { labelsKey } from "../../../query/labels-key.ts";
import { extremesOf } from "../../query/shown.ts";
import type { Moment } from "../moment.ts";
import { type Column, graphCell, type ListPage, numberCell, type Row, textCell, type View } from "../page.ts";
import { lastOf } from "./figures.ts";
import { type Instrument, instrumentsOf } from "./instrument-names.ts";
import { type SeriesFigure, seriesView } from "./series.ts";

const MAX_SERIES = 200;
const QUANTILES = [0.5, 0.95, 0.99];
// All applications have them, and they say nothing about a series.
const USUAL_LABELS = new Set(["__name__", "otel_scope_name", "otel_scope_version", "job"]);

/** The view of an instrument, by the name of its metric. */
export function instrumentView(name: string): View {
  return { title: name, load: (moment) => instrumentPage(moment, name) };
}

async function instrumentPage(moment: Moment, name: string): Promise<ListPage> {
  const instrument = instrumentsOf(moment.metrics).find((each) => each.name === name || each.total === name);
  const columns = (figure: string): readonly Column[] => [
    { title: "SERIES", kind: "text" },
    { title: figure, kind: "number" },
    { title: "MIN", kind: "number" },
    { title: "MAX", kind: "number" },
    { title: "TREND", kind: "graph" },
  ];
  const empty = "no series";
  if (instrument === undefined)
    return { kind: "list", columns: columns("LAST"), rows: [], empty, isSortable: true };
  const figures = figuresOf(instrument, moment.window);
  const [first] = figures;
  // The series with the highest values at the end; the rest would not be read by anyone.
  const highest = figuresOf(instrument, moment.window, ` @ ${moment.grid.to.toFixed(3)}`);
  const trends = await moment.trend(`${first.expression} and topk(${MAX_SERIES}, ${highest[0].expression})`);
  const hidden = Math.max(instrument.series - trends.length, 0);
  return {
    kind: "list",
    columns: columns(first.title.toUpperCase()),
    rows: trends.map(({ labels, values }): Row => {
      const [min, max] = extremesOf([...values]);
      const shown = labelsText(labels);
      return {
        key: labelsKey(labels),
        cells: [
          textCell(shown),
          ...[lastOf(values), min, max].map((value) => numberCell(value, first.format)),
          graphCell(values, first.unit),
        ],
        open: () =>
          seriesView({ title: shown, labels: { ...labels, __name__: name }, description: "", figures }),
      };
    }),
    empty,
    isSortable: true,
    note: hidden > 0 ? `${hidden} series with lower values, or without any, are left out` : undefined,
  };
}

// The first one is shown in the list. `at` is a time of evaluation.
function figuresOf(
  { name, type, unit, total }: Instrument,
  window: string,
  at = "",
): readonly [SeriesFigure, ...SeriesFigure[]] {
  const selector = (metric: string): string => `{__name__=${JSON.stringify(metric)}}`;
  const figure = (title: string, expression: string, figureUnit: string): SeriesFigure => ({
    title,
    expression,
    unit: figureUnit,
    format: (value) => valueText(value, figureUnit),
  });
  const rate = (metric: string): string => `rate(${selector(metric)}[${window}]${at})`;
  switch (type) {
    case "gauge":
      return [figure("last", `${selector(name)}${at}`, unit)];
    case "counter":
      return [figure("rate", rate(name), `${unit}/s`)];
    case "histogram":
      return [
        figure("rate", rate(total), "/s"),
        ...QUANTILES.map((quantile) =>
          figure(`p${quantile * 100}`, `histogram_quantile(${quantile}, ${rate(`${name}_bucket`)})`, unit),
        ),
      ];
    default:
      return type satisfies never;
  }
}

/** Labels as `route=/cart method=GET`; `all` without any. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => !USUAL_LABELS.has(name));
  return pairs.length === 0 ? "all" : pairs.map(([name, value]) => `${name}=${value}`).join(" ");
}
