/** Checks of names and labels, with prom-client's errors. */
import { inspect } from "node:util";
import type { Attributes } from "@opentelemetry/api";

/** Labels as a caller passes them. */
export type GivenLabels = Readonly<Record<string, unknown>>;

/** The text of a label's value. */
export function labelText(value: unknown): string {
  return typeof value === "symbol" ? "" : String(value);
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a name is valid for a metric. */
export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Whether all names are valid for labels. */
export function areLabelNames(names: readonly string[] = []): boolean {
  return names.every((name) => LABEL_NAME.test(name));
}

/** Throws an `Error` if a label is not among the metric's. Inherited labels count, too. */
export function checkLabels(names: readonly string[], labels: unknown): void {
  for (const label in Object(labels)) {
    if (!names.includes(label))
      throw new Error(`Added label "${label}" is not included in initial labelset: ${inspect(names)}`);
  }
}

/** Labels from the arguments of `labels()` and `remove()`: an object, or a value for each name. */
export function labelsFrom(names: readonly string[], given: readonly unknown[]): GivenLabels | null {
  const [first] = given;
  if (isObject(first) || first === null) return first;
  if (names.length !== given.length) {
    throw new Error(
      `Invalid number of arguments (${given.length}): "${given.join(", ")}" for label names (${names.length}): "${names.join(", ")}".`,
    );
  }
  return Object.fromEntries(names.map((name, i) => [name, given[i]]));
}

/** Whether a value is an object, a list included. */
export function isObject(value: unknown): value is GivenLabels {
  return typeof value === "object" && value !== null;
}

/** Whether an argument is labels, whose values are not checked. */
export function areLabels(value: unknown): value is Attributes {
  return typeof value === "object" && value !== null;
}
