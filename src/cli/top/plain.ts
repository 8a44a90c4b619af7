// Pages as plain text, for outputs that are not a terminal.
import { dateText, sparkline, type TableColumn, tableText } from "../texts.ts";
import { statusOf } from "./frame.ts";
import type { Moment } from "./moment.ts";
import type { ListPage, Page } from "./page.ts";
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

function listText({ columns, rows, empty, note }: ListPage, width: number, isUnicode: boolean): string {
  if (rows.length === 0) return `${empty}\n`;
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
  const table = tableText(titles, texts, width);
  return note === undefined ? table : `${table}\n${note}\n`;
}
