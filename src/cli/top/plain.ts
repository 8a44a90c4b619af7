// Pages as plain text, for outputs that are not a terminal.
import { dateText, sparkline, type TableColumn, tableText } from "../texts.ts";
import { statusOf } from "./frame.ts";
import type { Moment } from "./moment.ts";
import type { Column, ListPage, Page, Row } from "./page.ts";
import type { Watcher } from "./watcher.ts";

const GRAPH_WIDTH = 30;

/** A page with the header, without escape sequences. */
export function plainText(
  watcher: Watcher,
  moment: Moment,
  page: Page,
  width: number,
  isUnicode: boolean,
): string {
  const { watched } = watcher;
  const status = statusOf(moment).map(([name, text]) => `${name} ${text}`);
  const head = [watched.name, moment.status.service, `${dateText(moment.grid.to)}Z`, watched.problem ?? ""];
  const lines = [head.filter((text) => text !== "").join("  "), status.join("  ")];
  const body = page.kind === "list" ? listText(page, width, isUnicode) : "";
  return `${lines.join("\n")}\n\n${body}`;
}

function listText(page: ListPage, width: number, isUnicode: boolean): string {
  const { columns, rows, empty, note } = page;
  if (rows.length === 0) return `${empty}\n`;
  // Rows with other columns than those before begin a table of their own.
  const parts: { readonly columns: readonly Column[]; readonly rows: Row[] }[] = [];
  for (const row of rows) {
    const own = row.columns ?? columns;
    if (parts.at(-1)?.columns !== own) parts.push({ columns: own, rows: [] });
    // Such a heading has the titles.
    if (row.isHeading !== true || row.columns === undefined) parts.at(-1)?.rows.push(row);
  }
  const tables = parts.map((part) => partText(part.columns, part.rows, width, isUnicode));
  return `${tables.join("\n")}${note === undefined ? "" : `\n${note}\n`}`;
}

function partText(
  columns: readonly Column[],
  rows: readonly Row[],
  width: number,
  isUnicode: boolean,
): string {
  // Without Unicode, there are no characters for graphs.
  const shown = columns.flatMap((column, i) => (column.kind === "graph" && !isUnicode ? [] : [i]));
  const titles = shown.map((i): TableColumn => {
    const { title, kind } = columns[i]!;
    return { title, isNumber: kind === "number", isWhole: kind === "graph" };
  });
  const texts = rows.map(({ cells }) =>
    shown.map((i) => {
      const cell = cells[i];
      if (cell === undefined) return "";
      if (cell.kind === "text") return cell.text;
      return sparkline(
        Array.from(cell.values, (value) => (Number.isNaN(value) ? undefined : value)),
        GRAPH_WIDTH,
        cell.isFromLowest ? Infinity : 0,
      ).trimEnd();
    }),
  );
  return tableText(titles, texts, width);
}
