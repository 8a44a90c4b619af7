// Values with their units, as the page shows them.
import { numberText, valueText } from "../../panels/value-text.ts";
import type { ValueCount } from "../../protocol.ts";

const LARGE: readonly (readonly [size: number, name: string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];
// Smaller values show all their digits.
const MIN_LARGE = 1e4;
const HAS_SCALE = /^(?:By|s|1)(?:\/s)?$/;
// U+2212, which is as wide as a digit.
const MINUS = "−";

/** The number of an attribute's values: `5`, `10000 or more`. */
export function valueCountText({ values, orMore }: ValueCount): string {
  return orMore === true ? `${values} or more` : String(values);
}

/** A value with its UCUM unit: `1.5 MiB`, `12.3 ms`, `42 %`, `17/s`, `12.3 k`, `+Inf`; `–` for a missing value. */
export function valueWithUnit(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return `${value > 0 ? "+" : MINUS}Inf`;
  return `${value < 0 ? MINUS : ""}${positiveText(Math.abs(value), unit)}`;
}

function positiveText(value: number, unit: string): string {
  // Events per second, not a share per second.
  if (unit === "1/s") return positiveText(value, "{event}/s");
  if (HAS_SCALE.test(unit) || value < MIN_LARGE) return valueText(value, unit);
  const [size, name] = LARGE.find(([least]) => value >= least) ?? [1, ""];
  return `${numberText(value / size)} ${name}${unit.endsWith("/s") ? "/s" : ""}`;
}
