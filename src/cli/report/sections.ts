// Sections of a report as tables of text, independent of the format.
import { basename } from "node:path";
import { seriesText } from "../query/shown.ts";
import { numberText, valueText } from "../../page/panels/value-text.ts";
import { sparkline, type TableColumn } from "../texts.ts";
import type { Report } from "./document.ts";
import { lengthBetween, shortTime } from "./times.ts";

/** A section of a report: a table. */
export interface Section {
  readonly title: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
  /** Shown if there are no rows. */
  readonly nothing?: string;
}

const GRAPH_WIDTH = 30;

const REACHED = { reached: "since", expected: "", possible: "possibly" } as const;

/** Title and subtitle of the report. */
export function headingOf({ store, range, before }: Report): readonly [title: string, about: string] {
  return [
    `Report of ${/^https?:/i.test(store) ? store : basename(store)}`,
    `${shortTime(range.from)} to ${shortTime(range.to)}, compared with ${shortTime(before.from)} to ${shortTime(before.to)} (UTC).`,
  ];
}

/** The sections of the report with rows, the most urgent first. */
export function sectionsOf(report: Report): readonly Section[] {
  return allSections(report).filter(({ rows }) => rows.length > 0);
}

/** One sentence for each examination without a finding. */
export function emptyFindingsOf(report: Report): readonly string[] {
  const found = allSections(report).flatMap(({ rows, nothing = "" }) =>
    rows.length === 0 && nothing !== "" ? [nothing] : [],
  );
  const { unmatched } = report.examined;
  if (unmatched === 0) return found;
  return [...found, `Durations in only one of the two ranges, and so not compared: ${unmatched}.`];
}

function allSections(report: Report): readonly Section[] {
  const { commands, blocks, slowest, slower, changes, forecasts, incidents, examined } = report;
  return [
    {
      title: "Alerts, anomalies and restarts",
      columns: ["Since", "For", "Kind", "Name", "Labels", "Moved with it"].map(text),
      rows: incidents.map((each) => [
        shortTime(each.from),
        each.to === null ? "until the end" : lengthBetween(each.from, each.to),
        each.kind,
        each.name,
        seriesText({ attributes: each.labels }),
        inOneLine(each.correlated ?? ""),
      ]),
    },
    ...report.tables.map(({ title, columns, rows, hidden }) => ({
      title: hidden === 0 ? title : `${title} (${hidden} more)`,
      columns: [text("Name"), ...columns.map((column) => number(column.title))],
      rows: rows.map(({ name, values }) => [
        name,
        ...columns.map(({ unit }, i) => {
          const value = values[i] ?? null;
          return value === null ? "–" : valueText(value, unit);
        }),
      ]),
    })),
    {
      title: "Slower than before",
      columns: [
        text("Metric"),
        text("Series"),
        ...["Before", "Now", "Ratio", "Effect", "p-value"].map(number),
      ],
      rows: slower.map((each) => [
        each.metric,
        seriesText(each),
        secondsText(each.beforeSeconds),
        secondsText(each.afterSeconds),
        numberText(each.afterSeconds / each.beforeSeconds),
        each.effect.toFixed(2),
        probabilityText(each.pValue),
      ]),
      nothing: `Nothing is clearly slower. Duration metrics examined: ${examined.durations}.`,
    },
    {
      title: "Level changes",
      columns: [
        text("Time"),
        text("Metric"),
        text("Series"),
        ...["Before", "After", "Ratio", "p-value"].map(number),
      ],
      rows: changes.map((each) => [
        shortTime(each.at),
        each.metric,
        seriesText(each),
        valueText(each.before, each.unit),
        valueText(each.after, each.unit),
        numberText(each.after / each.before),
        probabilityText(each.pValue),
      ]),
      nothing: `No metric changed its level by 10 % or more. Metrics examined: ${examined.changes}.`,
    },
    {
      title: "Capacity",
      columns: [
        text("Metric"),
        text("Series"),
        number("Now"),
        number("Limit"),
        text("Reached"),
        text("Between"),
      ],
      rows: forecasts.map((each) => [
        each.metric,
        seriesText(each),
        valueText(each.value, each.unit),
        valueText(each.threshold, each.unit),
        `${REACHED[each.outcome]} ${shortTime(each.at)}${each.until === null ? "" : ` until ${shortTime(each.until)}`}`.trim(),
        each.earliest === null
          ? ""
          : `${shortTime(each.earliest)} and ${each.latest === null ? "never" : shortTime(each.latest)}`,
      ]),
      nothing: `Nothing reaches its limit within a year. Metrics with a limit examined: ${examined.shares}.`,
    },
    {
      title: "Functions that blocked the event loop",
      columns: [text("Function"), text("File"), number("Time"), number("Share")],
      rows: blocks.map((each) => [
        each.function,
        each.file === null ? "" : `${each.file}:${each.line}`,
        secondsText(each.seconds),
        `${(each.share * 100).toFixed(1)} %`,
      ]),
    },
    {
      title: "Slowest",
      columns: [text("Metric"), text("Series"), ...["Count", "Mean", "95 %"].map(number)],
      rows: slowest.map((each) => [
        each.metric,
        seriesText(each),
        `${each.count}`,
        secondsText(each.meanSeconds),
        secondsText(each.p95Seconds),
      ]),
    },
    {
      title: "Commands",
      columns: [
        text("Command"),
        ...["Executions", "Failures", "Success", "Mean", "95 %"].map(number),
        text("Trend"),
      ],
      rows: commands.map((each) => [
        each.command,
        `${each.executions}`,
        `${each.failures}`,
        `${(each.successRate * 100).toFixed(1)} %`,
        secondsText(each.meanSeconds),
        secondsText(each.p95Seconds),
        sparkline(each.course, GRAPH_WIDTH, 0),
      ]),
    },
  ];
}

// The annotation has a line for each series, perhaps below a first line that ends in a colon.
function inOneLine(lines: string): string {
  return lines.replaceAll(":\n", ": ").replaceAll("\n", " · ");
}

function text(title: string): TableColumn {
  return { title };
}

function number(title: string): TableColumn {
  return { title, isNumber: true };
}

function probabilityText(pValue: number): string {
  return pValue < 1e-6 ? "< 0.000001" : numberText(pValue);
}

function secondsText(seconds: number | null): string {
  return seconds === null ? "" : valueText(seconds, "s");
}
