// Rows as people read them.

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Written to the right. @defaultValue false */
  readonly isNumber?: boolean;
}

const GAP = "  ";
const MORE = "…";

/**
 * Rows under titles, aligned. Cells that hold line breaks or other control characters have blanks in their place.
 *
 * @param width so wide is a line at most: the last column is cut off; unlimited unless given.
 */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number = Infinity,
): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(inOneLine))];
  // There may be more lines than a call takes arguments.
  const widths = columns.map((_, i) =>
    lines.reduce((widest, line) => Math.max(widest, line[i]?.length ?? 0), 0),
  );
  return lines
    .map((line) => {
      const cells = columns.map(({ isNumber = false }, i) => {
        const cell = line[i] ?? "";
        return isNumber ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
      });
      return `${cut(cells.join(GAP).trimEnd(), width)}\n`;
    })
    .join("");
}

function inOneLine(cell: string): string {
  return cell.replaceAll(/\p{Control}+/gu, " ");
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(0, width - 1))}${MORE}`;
}
