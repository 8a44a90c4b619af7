/**
 * Bucket indexes of base-2 exponential histograms. Bucket `i` at a scale holds values in
 * `(base ** i, base ** (i + 1)]`, for a `base` of `2 ** (2 ** -scale)` (specification: metrics data model,
 * "Exponential buckets").
 *
 * A double is `2 ** exponent * (1 + mantissa)`, so its bucket is `exponent << scale` plus a number that depends
 * on the mantissa. At scales 0 to 8 this number comes from a table. The mantissa's high bits select a slot so
 * narrow that it contains at most one boundary; the sign of their difference from the boundary decides. This
 * takes half the time of `Math.log`, which is used if the difference is 0 or the table would be large.
 */

const FINEST_TABLE = 8;
const MANTISSA = 0xf_ffff;
const EXPONENT_BIAS = 1023;
const MIN_NORMAL = 2 ** -1022;

// One double, and its two words. The upper word holds sign, exponent and the mantissa's high 20 bits.
const DOUBLE = new Float64Array(1);
const WORDS = new Int32Array(DOUBLE.buffer);
const LOWER = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
const UPPER = 1 - LOWER;

// The tables of all scales, one behind the other: each is twice as long as the one before. V8 knows the place of a single
// typed array when it compiles.
const TABLES = Int32Array.from(
  Array.from({ length: FINEST_TABLE + 1 }, (_, scale) => [...tableOf(scale)]).flat(),
);

/**
 * Index of the bucket of a positive, finite `value` at an integer `scale` from -10 to 20. Exact at powers of
 * two; within rounding of a boundary it may be the neighbour's index. Values below `2 ** -1022` count as that
 * value, as the specification allows. Allocates nothing.
 */
export function bucketIndexOf(value: number, scale: number): number {
  if (scale < 0 || scale > FINEST_TABLE) return calculatedIndexOf(value, scale);
  DOUBLE[0] = value;
  const upper = WORDS[UPPER]!;
  const mantissa = upper & MANTISSA;
  const slot = TABLES[(2 << scale) - 2 + (mantissa >>> (19 - scale))]!;
  const beyond = mantissa - (slot & MANTISSA);
  if (beyond === 0 || upper <= MANTISSA) return calculatedIndexOf(value, scale);
  // One bucket less if the mantissa is below the slot's boundary. Adding the sign bit costs half of a
  // condition, which would be mispredicted every other time.
  return (((upper >>> 20) - EXPONENT_BIAS) << scale) + (slot >>> 20) + (beyond >> 31);
}

// By exponent and logarithm. It is at most one bucket off, and only within rounding of a boundary.
function calculatedIndexOf(value: number, scale: number): number {
  const normal = Math.max(value, MIN_NORMAL);
  DOUBLE[0] = normal;
  const upper = WORDS[UPPER]!;
  const exponent = (upper >>> 20) - EXPONENT_BIAS;
  const isPowerOfTwo = (upper & MANTISSA) === 0 && WORDS[LOWER] === 0;
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale;
  if (isPowerOfTwo) return (exponent << scale) - 1;
  // The logarithm of the greatest doubles is rounded to that of 2 ** 1024, whose bucket does not exist.
  return Math.min(Math.floor(Math.log(normal) * (Math.LOG2E * 2 ** scale)), (1024 << scale) - 1);
}

// A slot holds a boundary in its low 20 bits. Above them is the index of the bucket that begins there, counted
// from the power of two. A slot without a boundary holds the index of its bucket and, as boundary, 0, which is
// below all of the slot. The last slot's boundary is its end, with the index of the bucket after it, since all
// mantissas are below. There a difference of 0 leads to the logarithm, because the value may be rounded to the
// next power of two.
function tableOf(scale: number): Int32Array {
  const buckets = 2 ** scale;
  const slots = new Int32Array(2 * buckets);
  const boundaries = new Int32Array(2 * buckets).fill(-1);
  for (let index = 0; index < buckets; index++) {
    DOUBLE[0] = 2 ** (index / buckets);
    const mantissa = WORDS[UPPER]! & MANTISSA;
    boundaries[mantissa >>> (19 - scale)] = mantissa;
  }
  let index = -1;
  for (const [slot, boundary] of boundaries.entries()) {
    if (boundary >= 0) index++;
    slots[slot] = (index << 20) | Math.max(boundary, 0);
  }
  slots[slots.length - 1] = (buckets << 20) | MANTISSA;
  return slots;
}
