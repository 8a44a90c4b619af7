// `tachymeter anomalies <store>`: a table of what was unusual.
import type { UnusualRange } from "../../anomalies/parts.ts";
import type { ChangePoint } from "../../history/index.ts";
import { inSlices } from "../../io/yield.ts";
import { askHistory } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { numberText } from "../../page/panels/value-text.ts";
import { tableText } from "../texts.ts";
import { detectorsOf } from "./detectors.ts";
import { type AnomalyRange, isoFrom, seriesName, watchedOf } from "./range.ts";

const UNUSUAL = [
  ...["FROM", "TO", "SERIES", "DETECTOR"].map((title) => ({ title })),
  ...["ACTUAL", "EXPECTED", "SCORE"].map((title) => ({ title, isNumber: true })),
];
const CHANGES = [
  ...["TIME", "METRIC", "ATTRIBUTES"].map((title) => ({ title })),
  ...["BEFORE", "AFTER", "RATIO"].map((title) => ({ title, isNumber: true })),
];
// Further rows are counted.
const MAX_ROWS = 1_000;

// Series by whether they have enough values, and the seconds between two values.
interface Coverage {
  examined: number;
  tooShort: number;
  step: number;
}

interface Unusual extends UnusualRange {
  readonly series: string;
}

interface MetricChange extends ChangePoint {
  readonly metric: string;
}

/** Prints what was unusual in a range, and the level changes. */
export function listAnomalies(store: string, range: AnomalyRange, isJson: boolean): Promise<number> {
  return askHistory(store, async (history) => {
    const output = new Output(process.stdout);
    const { signal } = output;
    const { examined } = await import("../../anomalies/parts.ts");
    const unusual: Unusual[] = [];
    const metrics = new Set<string>();
    const coverage: Coverage = { examined: 0, tooShort: 0, step: 0 };
    for await (const series of watchedOf(history, range, signal)) {
      metrics.add(series.metric);
      const [first = 0, second = first] = series.times;
      coverage.step = second - first;
      let examinedDays = 0;
      for await (const { name, detector, series: part } of detectorsOf(history, series, signal)) {
        const { ranges, days } = await inSlices(examined(part, detector, name), { signal });
        examinedDays += days;
        for (const each of ranges) unusual.push({ series: seriesName(series), ...each });
      }
      coverage[examinedDays > 0 ? "examined" : "tooShort"]++;
    }
    const changes: MetricChange[] = [];
    for (const metric of metrics)
      for (const change of await history.changePoints({ metric, from: range.from, to: range.to, signal }))
        changes.push({ metric, ...change });
    unusual.sort((one, other) => one.from - other.from);
    changes.sort((one, other) => one.time - other.time);
    await output.write(isJson ? jsonOf(unusual, changes, coverage) : textOf(unusual, changes, coverage));
  });
}

function jsonOf(
  unusual: readonly Unusual[],
  changes: readonly MetricChange[],
  coverage: Readonly<Coverage>,
): string {
  const lines = [
    ...unusual.map((each) => ({ kind: "unusual", ...each })),
    ...changes.map((each) => ({ kind: "change", ...each })),
    { kind: "coverage", ...coverage },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function textOf(
  unusual: readonly Unusual[],
  changes: readonly MetricChange[],
  coverage: Readonly<Coverage>,
): string {
  const width = terminalWidth(process.stdout);
  const unusualRows = unusual
    .slice(0, MAX_ROWS)
    .map((each) => [
      isoFrom(each.from),
      isoFrom(each.to),
      each.series,
      each.detector,
      numberText(each.actual),
      each.expected === undefined ? "" : each.expected.map(numberText).join(" to "),
      each.score.toFixed(6),
    ]);
  const changeRows = changes.slice(0, MAX_ROWS).map(({ time, metric, attributes, before, after, factor }) => [
    isoFrom(time),
    metric,
    Object.entries(attributes)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(" "),
    ...[before, after, factor].map(numberText),
  ]);
  const more = unusual.length + changes.length - unusualRows.length - changeRows.length;
  return [
    unusual.length > 0
      ? tableText(UNUSUAL, unusualRows, width)
      : `${coverage.examined === 0 ? "nothing examined" : "nothing unusual"}\n`,
    changes.length === 0 ? "no level changes\n" : tableText(CHANGES, changeRows, width),
    ...(more > 0 ? [`${more} more; use a shorter range, or --json\n`] : []),
    coverageText(coverage),
  ].join("\n");
}

function coverageText({ examined, tooShort, step }: Readonly<Coverage>): string {
  const values = examined + tooShort === 0 ? "" : `, with a value every ${step} s`;
  const others = `series with too few values: ${tooShort}; use an earlier --from or a shorter --step\n`;
  return `series examined: ${examined}${values}\n${tooShort > 0 ? others : ""}`;
}
