// Labels and annotations of rules.
import { show } from "../../diagnostics/show.ts";
import { isObject } from "../../options/check.ts";
import type { Report } from "./report.ts";
import type { Texts } from "./checked-group.ts";

/** Reads the object in a field. Reports names and values that are invalid. */
export function labelsFrom(
  owner: Readonly<Record<string, unknown>>,
  field: "labels" | "annotations",
  report: Report,
): Texts {
  const given = owner[field];
  if (given === undefined) return {};
  if (!isObject(given)) {
    report(`${field} must be an object of strings, got ${show(given)}; write "name: text"`, owner, field);
    return {};
  }
  const texts: [string, string][] = [];
  const what = field === "labels" ? "label" : "annotation";
  for (const [name, value] of Object.entries(given)) {
    const isReserved = field === "labels" && name === "__name__";
    if (name === "" || !name.isWellFormed() || isReserved) {
      const must = isReserved ? "not be __name__" : "be a non-empty text";
      report(`invalid ${what} name: the name must ${must}, got ${show(name)}; rename it`, given, name);
    } else if (typeof value === "string" || value === undefined) texts.push([name, value ?? ""]);
    else report(`${what} ${name} must be a string, got ${show(value, name)}; quote it`, given, name);
  }
  return Object.fromEntries(texts);
}
