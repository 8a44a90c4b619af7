// What a facade can use of an event's data, which may be anything.
import { readField } from "../events/labels.ts";
import { nameFromGiven } from "../recording/given-name.ts";

/** The text in a field; `undefined` where it is missing, or no text, number or boolean. */
export function textField(data: unknown, key: string): string | undefined {
  return nameFromGiven(readField(data, key));
}

/** The number in a field, `undefined` where it is missing. What is no number becomes NaN, for the facade to report. */
export function numberField(data: unknown, key: string): number | undefined {
  const value = readField(data, key);
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : NaN;
}
