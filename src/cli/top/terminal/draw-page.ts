// Draws pages.
import type { Cell, ChartPage, Column, ListPage, Row } from "../page.ts";
import { graphRows, scaleOf } from "./graph.ts";
import type { Screen, Style } from "./screen.ts";
import { fittedText, glyphsOf, textWidth } from "../../text-width.ts";

/** Rows of the screen for a page: from `top`, `height` of them. */
export interface Place {
  readonly top: number;
  readonly height: number;
}

/** State of a list: the rows that are shown, in order. */
export interface ListState {
  readonly rows: readonly Row[];
  /** Index of the selected row; -1 without rows. */
  readonly selected: number;
  /** Index of the first row on the screen. */
  readonly first: number;
  /** Column by which the list is sorted. */
  readonly sort: { readonly column: number; readonly isDescending: boolean } | undefined;
}

const GAP = 2;
const MIN_TEXT = 8;
const MIN_GRAPH = 12;
const MAX_GRAPH = 60;
// Room for the labels of a scale.
const SCALE_WIDTH = 11;
const MIN_CHART_ROWS = 3;
const MAX_CHART_ROWS = 12;

/** Number of rows that a list's rows have: its header and its note take some. */
export function listHeight({ note }: ListPage, { height }: Place): number {
  return Math.max(height - 1 - (note === undefined ? 0 : 1), 0);
}

/** Draws a list with its header. */
export function drawList(screen: Screen, page: ListPage, state: ListState, place: Place): void {
  const { rows, selected, first, sort } = state;
  const widthsOf = widthsOfRows(page, screen.columns);
  const widths = widthsOf(page.columns);
  const titles = page.columns.map(({ title }, i) =>
    sort?.column === i ? `${title}${screen.symbol(sort.isDescending ? "▼" : "▲")}` : title,
  );
  drawCells(screen, place.top, page.columns, widths, (i) => [titles[i] ?? "", "accent"]);
  if (rows.length === 0) screen.write(place.top + 2, 2, page.empty, "dim");
  const height = listHeight(page, place);
  for (const [i, row] of rows.slice(first, first + height).entries()) {
    const at = place.top + 1 + i;
    const { columns = page.columns } = row;
    drawRow(screen, at, columns, widthsOf(columns), row);
    if (first + i === selected) screen.mark(at, "selected");
  }
  if (page.note !== undefined) screen.write(place.top + place.height - 1, 0, page.note, "dim");
}

function drawRow(
  screen: Screen,
  at: number,
  columns: readonly Column[],
  widths: readonly number[],
  { cells, isHeading, columns: own }: Row,
): void {
  const [heading] = cells;
  if (isHeading === true && heading?.kind === "text") {
    if (own !== undefined) drawCells(screen, at, own, widths, (i) => [own[i]?.title ?? "", "dim"]);
    screen.write(at, 0, fittedText(heading.text, screen.columns), heading.style);
    return;
  }
  drawCells(screen, at, columns, widths, (i, width) => cellText(cells[i], width, screen.isUnicode));
}

function cellText(cell: Cell | undefined, width: number, isUnicode: boolean): [text: string, style: Style] {
  if (cell === undefined) return ["", "plain"];
  if (cell.kind === "text") return [cell.text, cell.style ?? "plain"];
  const scale = scaleOf(Array.from(cell.values), cell.isFromLowest);
  const [row = ""] = graphRows(cell.values, { columns: width, rows: 1, isUnicode, scale });
  return [row, "accent"];
}

function drawCells(
  screen: Screen,
  row: number,
  columns: readonly Column[],
  widths: readonly number[],
  textOf: (column: number, width: number) => [text: string, style: Style],
): void {
  let at = 0;
  for (const [i, { kind }] of columns.entries()) {
    const width = widths[i] ?? 0;
    const [text, style] = textOf(i, width);
    const fitted = fittedText(text, width);
    screen.write(row, kind === "number" ? at + width - textWidth(fitted) : at, fitted, style);
    at += width + GAP;
  }
}

// Rows with the same columns have the same widths.
function widthsOfRows(page: ListPage, total: number): (columns: readonly Column[]) => readonly number[] {
  const known = new Map<readonly Column[], readonly number[]>();
  return (columns) => {
    let widths = known.get(columns);
    if (widths === undefined) {
      const rows = page.rows.filter((row) => (row.columns ?? page.columns) === columns);
      widths = columnWidths(columns, rows, total);
      known.set(columns, widths);
    }
    return widths;
  };
}

// Numbers are never cut. Texts share the rest, so that the widest is cut first; graphs have what is left.
function columnWidths(columns: readonly Column[], rows: readonly Row[], total: number): readonly number[] {
  const wanted = columns.map(({ title, kind }, i) => {
    if (kind === "graph") return MIN_GRAPH;
    // Room for the mark of the sorted column.
    let widest = textWidth(title) + (kind === "number" ? 1 : 0);
    for (const { cells, isHeading } of rows) {
      const cell = cells[i];
      if (cell?.kind === "text" && isHeading !== true) widest = Math.max(widest, textWidth(cell.text));
    }
    return widest;
  });
  const isText = (i: number): boolean => columns[i]?.kind === "text";
  let excess = wanted.reduce((sum, width) => sum + width + GAP, -GAP) - total;
  while (excess > 0) {
    const texts = wanted.map((width, i) => (isText(i) ? width : 0));
    const widest = Math.max(...texts);
    if (widest <= MIN_TEXT) break;
    const at = texts.indexOf(widest);
    const next = Math.max(...texts.filter((width) => width < widest), MIN_TEXT);
    const less = Math.min(excess, Math.max(widest - next, 1));
    wanted[at] = widest - less;
    excess -= less;
  }
  const graph = columns.findIndex(({ kind }) => kind === "graph");
  if (graph !== -1 && excess < 0) wanted[graph] = Math.min(MIN_GRAPH - excess, MAX_GRAPH);
  return wanted;
}

/** Draws charts above each other, and the details below. */
export function drawCharts(screen: Screen, { charts, details }: ChartPage, place: Place): void {
  const forDetails = Math.min(
    details.length,
    Math.max(place.height - charts.length * (MIN_CHART_ROWS + 2), 0),
  );
  const each = Math.floor((place.height - forDetails) / Math.max(charts.length, 1)) - 2;
  const rows = Math.min(Math.max(each, 1), MAX_CHART_ROWS);
  let at = place.top;
  for (const { title, values, isFromLowest, format } of charts) {
    screen.write(at, 0, fittedText(title, screen.columns), "bold");
    const scale = scaleOf(Array.from(values), isFromLowest);
    const columns = Math.max(screen.columns - SCALE_WIDTH - 1, 1);
    const lines = graphRows(values, { columns, rows, isUnicode: screen.isUnicode, scale });
    for (const [i, line] of lines.entries()) screen.write(at + 1 + i, SCALE_WIDTH + 1, line, "accent");
    drawScale(screen, at + 1, format(scale.high));
    if (rows > 1 && scale.high > scale.low) drawScale(screen, at + rows, format(scale.low));
    at += rows + 2;
  }
  const end = place.top + place.height;
  const labels = Math.min(Math.max(...details.map(([name]) => textWidth(name)), 0), 30);
  for (const [name, text] of details) {
    const from = name === "" ? 0 : labels + GAP;
    screen.write(at, 0, fittedText(name, labels), "dim");
    for (const line of wrappedLines([text], screen.columns - from)) {
      if (at >= end) return;
      screen.write(at++, from, line);
    }
  }
}

function drawScale(screen: Screen, row: number, text: string): void {
  const fitted = fittedText(text, SCALE_WIDTH);
  screen.write(row, SCALE_WIDTH - textWidth(fitted), fitted, "dim");
}

/** Lines of a text page that fit the width; longer ones are continued. */
export function wrappedLines(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => {
    const parts: string[] = [];
    let [part, width] = ["", 0];
    for (const glyph of glyphsOf(line)) {
      if (width + glyph.width > columns) {
        parts.push(part);
        [part, width] = ["", 0];
      }
      part += glyph.text;
      width += glyph.width;
    }
    return [...parts, part];
  });
}
