/**
 * Writes numbers as ASCII bytes without an intermediate string: the same characters as `String(value)`, except `+Inf` and
 * `-Inf`.
 *
 * A double `v` that is not an integer is scaled exactly to 17 digits, `x = v · 10^k`: product and rounding error are two
 * doubles. Every number within half a step of the doubles, `h`, at most 12, reads back as `v`. So the shortest text is
 * the nearest multiple of 100 if it is within `h`; otherwise of 10; otherwise the nearest integer. Close cases are left
 * to V8.
 */

/** Upper limit for the bytes of a number. */
export const MAX_NUMBER_BYTES = 32;

const ZERO = 48;
const MINUS = 45;
const POINT = 46;
const INT32_LIMIT = 2 ** 31;
const SAFE_LIMIT = 2 ** 53;
const EIGHT_DIGITS = 1e8;
const UNDECIDED = 1e-6;
// Splits a double into halves whose products are exact.
const SPLITTER = 2 ** 27 + 1;

// The first and the second digit of 0 to 99.
const TENS = Uint8Array.from({ length: 100 }, (_, i) => ZERO + Math.floor(i / 10));
const ONES = Uint8Array.from({ length: 100 }, (_, i) => ZERO + (i % 10));
// The four digits of 0 to 9999, in memory order.
const FOUR_DIGITS = 10_000;
const PLACES = [1_000, 100, 10, 1];
const QUADS = new Int32Array(
  Uint8Array.from({ length: 4 * FOUR_DIGITS }, (_, i) => {
    return ZERO + (Math.floor(Math.floor(i / 4) / PLACES[i % 4]!) % 10);
  }).buffer,
);
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
// 10^22 is the largest exact power.
const POWERS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
const HIGH_POWERS = POWERS.map(highHalf);
const LOW_POWERS = POWERS.map((power, i) => power - HIGH_POWERS[i]!);
const LEAST_PLAIN = 1e-6;
// Tables by the exponent stored in a double. The least, 2^-20, is below 1e-6; from 2^53 on all doubles are integers.
const LEAST_EXPONENT = 1_023 - 20;
const EXPONENTS = 73;
// Half the step between doubles.
const HALF_STEPS = Float64Array.from({ length: EXPONENTS }, (_, i) => 2 ** (i - 20 - 53));
// Digits of the power of two before the point; if negative, zeros after it.
const POINTS = Int32Array.from({ length: EXPONENTS }, (_, i) => Math.floor(Math.log10(2 ** (i - 20))) + 1);
// The value from which on there is one more digit.
const NEXT_POWERS = Float64Array.from(POINTS, (point) => Number(`1e${point}`));

const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
double[0] = 1;
const HIGH = halves[1] === 0 ? 0 : 1;

/**
 * Writes the number in cell `cell` of `cells` to `bytes` at `at`, and returns its end. `bytes` must have room for
 * {@link MAX_NUMBER_BYTES}; `view` is of the same memory. The number is not passed as a parameter, because V8 would allocate an
 * object for it.
 */
export function writeCell(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  cells: Float64Array,
  cell: number,
): number {
  const value = cells[cell]!;
  if (value >= 0 && value < INT32_LIMIT && (value | 0) === value) return writeSmall(bytes, at, value | 0);
  const isNegative = value < 0;
  if (isNegative) bytes[at] = MINUS;
  double[0] = isNegative ? -value : value;
  return writePositive(bytes, view, isNegative ? at + 1 : at);
}

function writePositive(bytes: Uint8Array, view: DataView, at: number): number {
  const value = double[0]!;
  if (value < SAFE_LIMIT) {
    if (Math.floor(value) === value) return writeWhole(bytes, view, at, value);
    if (value >= LEAST_PLAIN) return writeFraction(bytes, view, at);
  }
  // The sign of infinity has been written.
  return writeText(bytes, at, value === Infinity ? "Inf" : String(value));
}

export function writeSmall(bytes: Uint8Array, at: number, value: number): number {
  const end = at + digitsOf(value);
  let rest = value | 0;
  let next = end;
  while (rest >= 100) {
    const quotient = (rest / 100) | 0;
    const pair = rest - quotient * 100;
    bytes[--next] = ONES[pair]!;
    bytes[--next] = TENS[pair]!;
    rest = quotient;
  }
  bytes[--next] = ONES[rest]!;
  if (rest >= 10) bytes[--next] = TENS[rest]!;
  return end;
}

// Writes an integer below 10^8 as eight digits, with leading zeros.
function writeEight(view: DataView, at: number, value: number): number {
  const high = (value / FOUR_DIGITS) | 0;
  view.setInt32(at, QUADS[high]!, IS_LITTLE_ENDIAN);
  view.setInt32(at + 4, QUADS[value - high * FOUR_DIGITS]!, IS_LITTLE_ENDIAN);
  return at + 8;
}

function writeWhole(bytes: Uint8Array, view: DataView, at: number, value: number): number {
  if (value < INT32_LIMIT) return writeSmall(bytes, at, value | 0);
  const high = Math.floor(value / EIGHT_DIGITS);
  return writeEight(view, writeSmall(bytes, at, high | 0), (value - high * EIGHT_DIGITS) | 0);
}

function digitsOf(value: number): number {
  if (value < 100_000) {
    if (value < 100) return value < 10 ? 1 : 2;
    return value < 1_000 ? 3 : value < 10_000 ? 4 : 5;
  }
  if (value < 10_000_000) return value < 1_000_000 ? 6 : 7;
  return value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10;
}

// Requires 1e-6 <= value < 2^53, not an integer.
function writeFraction(bytes: Uint8Array, view: DataView, at: number): number {
  const value = double[0]!;
  const high = halves[HIGH]!;
  const exponent = (high >>> 20) - LEAST_EXPONENT;
  const point = POINTS[exponent]! + (value >= NEXT_POWERS[exponent]! ? 1 : 0);
  const power = 17 - point;
  const scale = POWERS[power]!;
  const product = value * scale;
  // Below a power of two, doubles are closer than above it.
  const isPowerOfTwo = halves[1 - HIGH] === 0 && (high & 0xf_ffff) === 0;
  if (isPowerOfTwo || !(product >= 1e16 && product < 1e17)) return writeText(bytes, at, String(value));
  const error = errorOf(value, power, product);
  const halfStep = HALF_STEPS[exponent]! * scale;
  const quotient = Math.floor(product / EIGHT_DIGITS);
  const rest = product - quotient * EIGHT_DIGITS + error;
  const unit = unitOf(rest, halfStep);
  const rounded = Math.round(rest / unit) * unit;
  const distance = Math.abs(rest - rounded);
  if (unit === 0 || unit - 2 * distance < UNDECIDED) return writeText(bytes, at, String(value));
  // The addition may have carried.
  const carry = rounded < 0 ? -1 : rounded >= EIGHT_DIGITS ? 1 : 0;
  const first = quotient + carry;
  if (first >= 1e9 || first < 1e8) return writeText(bytes, at, String(value));
  return writeDigits(bytes, view, at, first | 0, (rounded - carry * EIGHT_DIGITS) | 0, point);
}

// Rounding error of the product of `value` and a power of ten.
function errorOf(value: number, power: number, product: number): number {
  const high = highHalf(value);
  const low = value - high;
  const scaleHigh = HIGH_POWERS[power]!;
  const scaleLow = LOW_POWERS[power]!;
  return high * scaleHigh - product + high * scaleLow + low * scaleHigh + low * scaleLow;
}

// The unit to round to: 100, 10 or 1; 0 in a close case.
function unitOf(rest: number, halfStep: number): number {
  const toHundreds = Math.abs(rest - Math.round(rest * 0.01) * 100);
  if (toHundreds < halfStep + UNDECIDED) return toHundreds < halfStep - UNDECIDED ? 100 : 0;
  const toTens = Math.abs(rest - Math.round(rest * 0.1) * 10);
  if (toTens < halfStep + UNDECIDED) return toTens < halfStep - UNDECIDED ? 10 : 0;
  return 1;
}

// Writes digits: `first` has nine, `rest` eight. The point follows after `point` of them; trailing zeros are removed.
function writeDigits(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  first: number,
  rest: number,
  point: number,
): number {
  let end = at;
  if (point <= 0) {
    bytes[end++] = ZERO;
    bytes[end++] = POINT;
    for (let i = point; i < 0; i++) bytes[end++] = ZERO;
    end = writeSeventeen(bytes, view, end, first, rest);
  } else {
    end = writeSeventeen(bytes, view, at + 1, first, rest);
    for (let i = at; i < at + point; i++) bytes[i] = bytes[i + 1]!;
    bytes[at + point] = POINT;
  }
  while (bytes[end - 1] === ZERO) end--;
  return end;
}

function writeSeventeen(bytes: Uint8Array, view: DataView, at: number, first: number, rest: number): number {
  const digit = (first / EIGHT_DIGITS) | 0;
  bytes[at] = ZERO + digit;
  return writeEight(view, writeEight(view, at + 1, first - digit * EIGHT_DIGITS), rest);
}

function highHalf(value: number): number {
  const product = SPLITTER * value;
  return product - (product - value);
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
