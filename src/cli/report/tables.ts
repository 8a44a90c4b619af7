// The tables of the page over the range of a report: routes, operations, queues, calls.
import type { History, RemoteHistory } from "../../history/index.ts";
import { formatDuration } from "../../query/syntax/number.ts";
import { rowName, type Table, tableRows, tablesFor, withRange } from "../../page/panels/index.ts";
import { evaluated } from "../query/expression.ts";
import type { ReportTable } from "./document.ts";
import type { ChartSteps } from "./window.ts";

// Functions that blocked, and commands, have a section of their own.
const OTHERS: ReadonlySet<string> = new Set(["runtime-blocked", "commands-names"]);

/** Evaluates the tables for which there are metrics. */
export async function reportTables(
  history: History | RemoteHistory,
  metrics: ReadonlySet<string>,
  steps: ChartSteps,
): Promise<readonly ReportTable[]> {
  const tables: ReportTable[] = [];
  for (const table of tablesFor(metrics)) {
    if (OTHERS.has(table.id)) continue;
    const { rows, hidden } = tableRows(table, await columnsOf(history, table, steps));
    if (rows.length === 0) continue;
    const { id, title, columns } = table;
    tables.push({
      id,
      title,
      columns: columns.map((column) => ({ title: column.title, unit: column.unit })),
      rows: rows.map(({ labels, values }) => ({ name: rowName(labels), labels, values })),
      hidden,
    });
  }
  return tables;
}

async function columnsOf(
  history: History | RemoteHistory,
  { columns }: Table,
  { span: { to }, whole }: ChartSteps,
): Promise<Parameters<typeof tableRows>[1]> {
  const window = formatDuration(1_000 * whole);
  const results: Parameters<typeof tableRows>[1][number][] = [];
  for (const column of columns) {
    const asked = { kind: "instant", format: "json", text: withRange(column, window), time: to } as const;
    const result = await evaluated(history, asked, true);
    results.push(result.kind === "vector" ? result.series : []);
  }
  return results;
}
