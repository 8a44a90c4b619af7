// Numbers in the formats of Go's `%e`, `%f` and `%g`: exact ties are rounded to even.
import { decimalText } from "../../query/evaluation/decimal-text.ts";

/** Text of `+Inf`, `-Inf` or `NaN`; `undefined` for a finite number. */
export function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? undefined : value > 0 ? "+Inf" : "-Inf";
}

/** As `%e`. Without `digits` it has the fewest that parse to the number. */
export function exponentialText(value: number, digits: number | undefined): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const text = digits === undefined ? value.toExponential() : roundedExponential(Math.abs(value), digits);
  const signed = digits !== undefined && isNegative(value) ? `-${text}` : text;
  return signed.replace(/e([+-])(\d)$/, "e$10$2");
}

/** As `%f`. */
export function fixedText(value: number, digits: number | undefined): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  if (digits === undefined) return decimalText(value);
  const magnitude = Math.abs(value);
  const sign = isNegative(value) ? "-" : "";
  if (magnitude >= 1e21) return `${sign}${BigInt(magnitude)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`;
  const text = magnitude.toFixed(digits);
  const exact = magnitude.toFixed(MAX_DIGITS);
  const rest = exact.slice(exact.indexOf(".") + 1 + digits);
  return sign + (isTie(rest) && isOdd(text) ? towardsZero(exact, digits) : text);
}

/** As `%g`. Without `digits` it has the fewest that parse to the number. */
export function generalText(value: number, digits: number | undefined, keepsZeros = false): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const precision = digits === 0 ? 1 : digits;
  const text = exponentialText(value, precision === undefined ? undefined : precision - 1);
  const [, sign = "", first = "", rest = "", exponentOf = "0"] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  const exponent = Number(exponentOf);
  const allDigits = keepsZeros ? first + rest : (first + rest).replace(/(?!^)0+$/, "");
  const [lead = "", ...others] = allDigits;
  const isLarge = exponent >= (precision ?? SHORTEST_LIMIT);
  if (exponent < -4 || isLarge) {
    const mark = `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
    return `${sign}${lead}${others.length > 0 ? `.${others.join("")}` : ""}${mark}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${allDigits}`;
  const whole = allDigits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = allDigits.slice(exponent + 1);
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

const MAX_DIGITS = 100;
// Exponents from which the shortest form has an exponent.
const SHORTEST_LIMIT = 6;

function roundedExponential(magnitude: number, digits: number): string {
  const text = magnitude.toExponential(Math.min(digits, MAX_DIGITS));
  const exact = magnitude.toExponential(MAX_DIGITS);
  const [mantissa = "", exponent = "+0"] = exact.split("e");
  const rest = mantissa.slice(2 + digits);
  if (!isTie(rest) || !isOdd(text.split("e")[0] ?? "")) return text;
  return `${towardsZero(mantissa, digits)}e${exponent}`;
}

function towardsZero(decimal: string, digits: number): string {
  const [whole = "", fraction = ""] = decimal.split(".");
  return digits === 0 ? whole : `${whole}.${fraction.slice(0, digits)}`;
}

// JavaScript rounds ties up.
function isTie(rest: string): boolean {
  return /^50*$/.test(rest);
}

function isOdd(text: string): boolean {
  return Number(text.at(-1)) % 2 === 1;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}
