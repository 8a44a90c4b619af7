// One series: its charts and its labels.
import { labelsKey } from "../../../query/labels-key.ts";
import { extremesOf } from "../../query/shown.ts";
import type { Moment } from "../moment.ts";
import { inParallel } from "../values.ts";
import { type Chart, type ChartPage, isFromLowest, type View } from "../page.ts";
import { lastOf } from "./figures.ts";

/** A figure of a series. */
export interface SeriesFigure {
  readonly title: string;
  readonly expression: string;
  /** In UCUM. */
  readonly unit: string;
  readonly format: (value: number) => string;
}

/** A series, and its figures. */
export interface ShownSeries {
  readonly title: string;
  /** Labels of the series in the results. */
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  readonly figures: readonly SeriesFigure[];
}

/** The view of a series. */
export function seriesView(series: ShownSeries): View {
  return { title: series.title, load: (moment) => seriesPage(moment, series) };
}

async function seriesPage(moment: Moment, { labels, description, figures }: ShownSeries): Promise<ChartPage> {
  // Functions leave out the name of the metric.
  const { __name__: name, ...others } = labels;
  const keys = new Set([labelsKey(labels), labelsKey(others)]);
  const charts = await inParallel(figures, async (figure): Promise<Chart> => {
    const trends = await moment.trend(figure.expression);
    const trend = trends.find((each) => keys.has(labelsKey(each.labels)));
    const values = trend?.values ?? new Float64Array(0);
    const [min, max] = extremesOf([...values]);
    const texts = [lastOf(values), min, max].map((value) =>
      Number.isNaN(value) ? "-" : figure.format(value),
    );
    return {
      title: `${figure.title}: ${texts[0]}, min ${texts[1]}, max ${texts[2]}`,
      values,
      isFromLowest: isFromLowest(figure.unit),
      format: figure.format,
    };
  });
  return {
    kind: "chart",
    charts,
    details: [
      ...(description === "" ? [] : [["", description] as const]),
      ...(name === undefined ? [] : [["metric", name] as const]),
      ...Object.entries(others),
      ...figures.map(({ expression }) => ["query", expression] as const),
    ],
  };
}
