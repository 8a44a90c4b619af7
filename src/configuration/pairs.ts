// Pairs of names and values: lists of objects, and lists in one text.
import { HIDDEN } from "../diagnostics/redact.ts";
import { isObject } from "../options/check.ts";
import type { FileParser } from "./file-parser.ts";

/** Options of a reader by name, each with its place in the file. */
export type NamedOptions = Readonly<Record<string, readonly [value: unknown, place: string]>>;

/**
 * Names and values from a list of `{ name, value }`, over those of a text such as `key=value,key=value` whose parts may be
 * percent-encoded. An entry without a value is left out.
 */
export function pairsFrom(
  file: FileParser,
  place: string,
  given: readonly unknown[] | undefined,
  [listPlace, text]: readonly [place: string, text: string | undefined],
): Readonly<Record<string, string>> {
  const pairs = new Map(textPairs(file, listPlace, text));
  for (const { place: at, value: entry } of file.items(place, given)) {
    const { name, value = null } = isObject(entry) ? entry : {};
    if (typeof name !== "string" || name === "")
      file.parser.problem(`${at}.name`, name, "be the name, a non-empty string");
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      pairs.set(name, String(file.asWritten(`${at}.value`, value)));
    else if (value !== null) file.parser.problem(`${at}.value`, HIDDEN, "be a string");
  }
  return Object.fromEntries(pairs);
}

/** Pairs in one text; with an invalid pair, a problem and no pairs. */
export function textPairs(
  file: FileParser,
  place: string,
  text: string | undefined,
): readonly (readonly [string, string])[] {
  const parts = (text ?? "").split(",").filter((part) => part.trim() !== "");
  const pairs = parts.map((part) => pairFrom(part));
  if (pairs.every((pair) => pair !== undefined)) return pairs;
  file.parser.problem(
    place,
    HIDDEN,
    'be a list such as name1=value1,name2=value2, with "," and "=" in names and values percent-encoded',
  );
  return [];
}

function pairFrom(part: string): readonly [string, string] | undefined {
  const at = part.indexOf("=");
  const [name, value] = [decoded(part.slice(0, Math.max(at, 0)).trim()), decoded(part.slice(at + 1).trim())];
  return name === undefined || name === "" || value === undefined ? undefined : [name, value];
}

/** Text without percent-encoding; `undefined` if it is malformed. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
