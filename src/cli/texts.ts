// Tables, CSV, lengths of time, and sparklines.
import { shownText, spreadsheetText } from "../diagnostics/foreign-text.ts";
import { fittedText, textWidth } from "./text-width.ts";

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Aligned to the right. @defaultValue false */
  readonly isNumber?: boolean;
  /** Never cut, as numbers. @defaultValue false */
  readonly isWhole?: boolean;
}

const GAP = "  ";
// A column is not cut below this width, because its text would be unreadable.
const MIN_WIDTH = 10;

/**
 * An aligned table with a header. Control characters in cells, such as line breaks, are escaped.
 *
 * @param width maximum width of a line, unlimited by default; the widest text column is cut first, then the line
 */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number = Infinity,
): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map((cell) => shownText(cell)))];
  // A loop and not spread arguments: there can be more lines than a call accepts arguments.
  const widths = fitted(
    columns,
    columns.map((_, i) => lines.reduce((widest, line) => Math.max(widest, textWidth(line[i] ?? "")), 0)),
    width,
  );
  return lines
    .map((line) => {
      const cells = columns.map(({ isNumber = false }, i) => {
        const cell = cut(line[i] ?? "", widths[i] ?? 0);
        const blanks = " ".repeat((widths[i] ?? 0) - textWidth(cell));
        return isNumber ? `${blanks}${cell}` : `${cell}${blanks}`;
      });
      return `${cut(cells.join(GAP).trimEnd(), width)}\n`;
    })
    .join("");
}

// Number columns are never cut, because part of a number is misleading.
function fitted(
  columns: readonly TableColumn[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const tooMuch = widths.reduce((sum, each) => sum + GAP.length + each, -GAP.length) - width;
  if (tooMuch <= 0) return widths;
  const ofTexts = widths.map((each, i) => {
    const { isNumber = false, isWhole = isNumber } = columns[i] ?? {};
    return isWhole ? 0 : each;
  });
  const widest = Math.max(...ofTexts);
  const narrowed = ofTexts.indexOf(widest);
  const left = Math.min(widest, Math.max(widest - tooMuch, MIN_WIDTH));
  return widths.map((each, i) => (i === narrowed ? left : each));
}

function cut(line: string, width: number): string {
  return textWidth(line) <= width ? line : fittedText(line, width);
}

/**
 * Comma-separated values (RFC 4180). The header, if any, is the first of `rows`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join("");
}

function quoted(cell: string | number): string {
  const text = typeof cell === "number" ? String(cell) : spreadsheetText(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Formats a duration in its largest whole unit: `90 s`, `5 min`, `1 h`. */
export function lengthText(seconds: number): string {
  for (const [length, name] of [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
  ] as const) {
    if (seconds >= length && seconds % length === 0) return `${seconds / length} ${name}`;
  }
  return `${seconds} s`;
}

/** A time in UTC, without fractions of a second: `2026-01-31 12:00:00`. */
export function dateText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 19).replace("T", " ");
}

const LEVELS = "▁▂▃▄▅▆▇█";
const NOTHING = " ";

/**
 * Draws values from left to right, scaled between their minimum and maximum; blank if a value is missing. If there are
 * more values than `width`, neighbours are averaged.
 *
 * @param floor lower end of the scale if no value is less, such as 0 for counts
 */
export function sparkline(
  values: readonly (number | undefined)[],
  width: number,
  floor: number = Infinity,
): string {
  const shown = values.length <= width ? values : gatheredTo(values, width);
  const finite = shown.filter((value): value is number => value !== undefined && Number.isFinite(value));
  const [least, greatest] = [Math.min(floor, ...finite), Math.max(...finite)];
  return shown
    .map((value) => {
      if (value === undefined || !Number.isFinite(value)) return NOTHING;
      // A constant series (within rounding) is drawn at half height, or at the bottom if it is 0.
      const height =
        greatest - least > 1e-9 * Math.abs(greatest)
          ? (value - least) / (greatest - least)
          : value === 0
            ? 0
            : 0.5;
      return LEVELS[Math.min(Math.floor(height * LEVELS.length), LEVELS.length - 1)];
    })
    .join("");
}

function gatheredTo(values: readonly (number | undefined)[], width: number): (number | undefined)[] {
  return Array.from({ length: width }, (_, i) => {
    const [start, end] = [i, i + 1].map((slot) => Math.round((slot * values.length) / width));
    const some = values.slice(start, end).filter((value) => value !== undefined);
    return some.length === 0 ? undefined : some.reduce((sum, value) => sum + value, 0) / some.length;
  });
}

/** A duration in PromQL. */
export function formatDuration(seconds: number): string {
  return `${Math.max(1, Math.round(seconds))}s`;
}
