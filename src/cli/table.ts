// Rows as people read them.
import { shownText } from "../diagnostics/foreign-text.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Written to the right. @defaultValue false */
  readonly isNumber?: boolean;
}

const GAP = "  ";
const MORE = "…";
// What is cut off further says nothing.
const MIN_WIDTH = 10;

/**
 * Rows under titles, aligned. Line breaks and other control characters in cells are shown as escapes.
 *
 * @param width so wide is a line at most: the widest column of texts is cut to what is left, then the line; unlimited unless
 * given.
 */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number = Infinity,
): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(inOneLine))];
  // There may be more lines than a call takes arguments.
  const widths = fitted(
    columns,
    columns.map((_, i) => lines.reduce((widest, line) => Math.max(widest, line[i]?.length ?? 0), 0)),
    width,
  );
  return lines
    .map((line) => {
      const cells = columns.map(({ isNumber = false }, i) => {
        const cell = cut(line[i] ?? "", widths[i] ?? 0);
        return isNumber ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
      });
      return `${cut(cells.join(GAP).trimEnd(), width)}\n`;
    })
    .join("");
}

// Numbers say nothing in part.
function fitted(
  columns: readonly TableColumn[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const tooMuch = widths.reduce((sum, each) => sum + GAP.length + each, -GAP.length) - width;
  if (tooMuch <= 0) return widths;
  const ofTexts = widths.map((each, i) => (columns[i]?.isNumber === true ? 0 : each));
  const widest = Math.max(...ofTexts);
  const narrowed = ofTexts.indexOf(widest);
  const left = Math.min(widest, Math.max(widest - tooMuch, MIN_WIDTH));
  return widths.map((each, i) => (i === narrowed ? left : each));
}

function inOneLine(cell: string): string {
  return shownText(cell);
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}${MORE}`;
}
