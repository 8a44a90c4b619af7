// Rows as spreadsheets and other programs read them.
import { spreadsheetText } from "../diagnostics/foreign-text.ts";

/**
 * Rows as comma-separated values (RFC 4180), without the titles' line unless it is among them.
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
