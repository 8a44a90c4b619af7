// The rows of a table, from the results of its columns.
import type { Table } from "./tables.ts";

/** A row: the labels that name it, and a value for each column. */
export interface TableRow {
  readonly labels: Readonly<Record<string, string>>;
  /** `null` if it is missing. */
  readonly values: readonly (number | null)[];
}

/** The highest rows of each column, those of the first column first, and the number of the others. */
export interface TableRows {
  readonly rows: readonly TableRow[];
  readonly hidden: number;
}

/** A value of a column. Native histograms have none. */
interface ColumnValue {
  readonly labels: Readonly<Record<string, string | undefined>>;
  readonly value: unknown;
}

// Several columns together have up to four times as many.
const MAX_ROWS_OF_COLUMN = 10;

/** Joins the results of a table's columns. */
export function tableRows(
  { by, columns }: Pick<Table, "by" | "columns">,
  results: readonly (readonly ColumnValue[])[],
): TableRows {
  const rows = new Map<string, { readonly labels: TableRow["labels"]; readonly values: (number | null)[] }>();
  for (const [column, values] of results.entries())
    for (const { labels, value } of values) {
      const named = by
        .map((label) => [label, labels[label] ?? ""] as const)
        .filter(([, text]) => text !== "");
      const key = JSON.stringify(named);
      const row = rows.get(key) ?? { labels: Object.fromEntries(named), values: columns.map(() => null) };
      row.values[column] = typeof value === "number" && Number.isFinite(value) ? value : null;
      rows.set(key, row);
    }
  // A series that has ended has a rate of 0 for a while.
  const all = [...rows.values()].filter(({ values }) =>
    values.some((value) => value !== null && value !== 0),
  );
  const shown = highestOfColumns(all, columns.length);
  return { rows: shown, hidden: all.length - shown.length };
}

/** Matchers of the series of a row. */
export function rowMatchers(
  { by }: Pick<Table, "by">,
  labels: TableRow["labels"],
): readonly { readonly label: string; readonly operator: "="; readonly value: string }[] {
  // A label that is missing is an empty one.
  return by.map((label) => ({ label, operator: "=", value: labels[label] ?? "" }));
}

/** The name of a row: the values of its labels. */
export function rowName(labels: TableRow["labels"]): string {
  const values = Object.values(labels).filter((value) => value !== "");
  return values.length === 0 ? "(unnamed)" : values.join(" ");
}

function highestOfColumns(rows: readonly TableRow[], columns: number): readonly TableRow[] {
  const byColumn = (column: number): readonly TableRow[] =>
    rows.toSorted((one, other) => (other.values[column] ?? -1) - (one.values[column] ?? -1));
  const shown = new Set<TableRow>();
  for (let column = 0; column < columns; column++)
    for (const row of byColumn(column).slice(0, MAX_ROWS_OF_COLUMN)) shown.add(row);
  return byColumn(0).filter((row) => shown.has(row));
}
