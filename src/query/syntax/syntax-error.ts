// Errors of the parser: one line with the place, the problem and the next step.
import { shownText } from "../../diagnostics/foreign-text.ts";
import { QueryError } from "../query-error.ts";

const MAX_SHOWN = 40;

/** The error for a problem at `position` of `source`. `remedy` is the next step, an imperative. */
export function syntaxError(source: string, position: number, problem: string, remedy: string): QueryError {
  const at = placeOf(source, position);
  return new QueryError("bad_data", `parse error at ${at}: ${problem}; ${remedy}`, position);
}

/** Formats a part of an expression for a message: in quotes, on one line, at most 40 characters. */
export function shownPart(text: string): string {
  return `"${shownText(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)}"`;
}

// Lines and columns count from 1. The line is omitted if there is only one.
function placeOf(source: string, position: number): string {
  const before = source.slice(0, position);
  const column = position - before.lastIndexOf("\n");
  if (!source.trimEnd().includes("\n")) return `column ${column}`;
  return `line ${before.split("\n").length}, column ${column}`;
}
