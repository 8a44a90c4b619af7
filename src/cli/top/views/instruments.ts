// All instruments: name, type, number of series, rate or value.
import { numberText, valueText } from "../../../page/panels/index.ts";
import type { Moment } from "../moment.ts";
import { type Column, type ListPage, numberCell, type Row, textCell, type View } from "../page.ts";
import { type Instrument, instrumentsOf } from "./instrument-names.ts";
import { instrumentView } from "./instrument.ts";

const COLUMNS: readonly Column[] = [
  { title: "INSTRUMENT", kind: "text" },
  { title: "TYPE", kind: "text" },
  { title: "SERIES", kind: "number" },
  { title: "RATE", kind: "number" },
  { title: "VALUE", kind: "number" },
];
// Expressions have at most 10,000 characters.
const MAX_CHARACTERS = 8_000;

/** The view of all instruments. */
export const instrumentsView: View = { title: "Instruments", load: instrumentsPage };

async function instrumentsPage(moment: Moment): Promise<ListPage> {
  const instruments = instrumentsOf(moment.metrics);
  const figures = await figuresOf(moment, instruments);
  return {
    kind: "list",
    columns: COLUMNS,
    rows: instruments.map((instrument) => rowOf(instrument, figures.get(instrument.name))),
    empty: "no series yet",
    isSortable: true,
  };
}

function rowOf(instrument: Instrument, figure: number | undefined): Row {
  const { name, type, series, unit } = instrument;
  const isGauge = type === "gauge";
  const rateUnit = type === "counter" ? `${unit}/s` : "/s";
  return {
    key: name,
    cells: [
      textCell(name),
      textCell(type, "dim"),
      numberCell(series, numberText),
      numberCell(isGauge ? undefined : figure, (value) => valueText(value, rateUnit)),
      numberCell(isGauge ? figure : undefined, (value) => valueText(value, unit)),
    ],
    open: () => instrumentView(name),
  };
}

// The sum of all series, or the sum of their rates; several instruments in one query.
async function figuresOf(
  moment: Moment,
  instruments: readonly Instrument[],
): Promise<ReadonlyMap<string, number>> {
  const queries: string[] = [];
  for (const { name, type, total } of instruments) {
    const selector = `{__name__=${JSON.stringify(total)}}`;
    const sum = type === "gauge" ? `sum(${selector})` : `sum(rate(${selector}[${moment.window}]))`;
    const part = `label_replace(${sum}, "instrument", ${JSON.stringify(name)}, "", "")`;
    const last = queries.at(-1);
    if (last === undefined || last.length + part.length > MAX_CHARACTERS) queries.push(part);
    else queries[queries.length - 1] = `${last} or ${part}`;
  }
  const figures = new Map<string, number>();
  for (const query of queries)
    for (const { labels, value } of await moment.values(query))
      figures.set(labels["instrument"] ?? "", value);
  return figures;
}
