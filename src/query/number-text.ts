// Numbers as Prometheus writes them: the shortest digits, with an exponent of at least two digits.

/** A sample's value in the JSON of Prometheus' HTTP API: with an exponent below 1e-6 and from 1e21 on. */
export function jsonNumber(value: number): string {
  return specialText(value) ?? withTwoDigits(String(value));
}

/** A number in the texts of histograms and annotations: with an exponent below 1e-4 and from 1e6 on. */
export function shortNumber(value: number): string {
  const magnitude = Math.abs(value);
  const hasExponent = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  return specialText(value) ?? (hasExponent ? withTwoDigits(value.toExponential()) : String(value));
}

/** A number with at most two digits: with an exponent below 1e-4 and from 100 on. */
export function twoDigits(value: number): string {
  const rounded = Number(value.toPrecision(2));
  const magnitude = Math.abs(rounded);
  const hasExponent = magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 100);
  return specialText(rounded) ?? (hasExponent ? withTwoDigits(rounded.toExponential()) : String(rounded));
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return Object.is(value, -0) ? "-0" : undefined;
}

function withTwoDigits(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
