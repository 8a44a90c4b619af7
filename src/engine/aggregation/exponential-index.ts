/**
 * Which bucket of a base-2 exponential histogram a value falls into, and where buckets begin. Bucket `i` at a scale holds
 * values in `(base ** i, base ** (i + 1)]`, for a `base` of `2 ** (2 ** -scale)` (specification: metrics data model,
 * "Exponential buckets").
 *
 * A double is `2 ** exponent * (1 + mantissa)`, so its bucket is `exponent << scale` and a number that the mantissa
 * tells. At scales 0 to 8 a table does: the mantissa's high bits choose a slot so narrow that one boundary at most lies
 * in it, and their difference from the boundary's has the sign that decides. It takes half the time of `Math.log`,
 * which decides where a table would be large or the difference is 0.
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

const TABLES: readonly Int32Array[] = Array.from({ length: FINEST_TABLE + 1 }, (_, scale) => tableOf(scale));

/**
 * The index of the bucket of a positive, finite `value` at a whole `scale` from -10 to 20. Exact at powers of two;
 * within rounding of a boundary the neighbour may be answered. Values below `2 ** -1022` count as that one, as the
 * specification allows. Allocates nothing.
 */
export function bucketIndexOf(value: number, scale: number): number {
  if (scale < 0 || scale > FINEST_TABLE) return calculatedIndexOf(value, scale);
  DOUBLE[0] = value;
  const upper = WORDS[UPPER]!;
  const mantissa = upper & MANTISSA;
  const slot = TABLES[scale]![mantissa >>> (19 - scale)]!;
  const beyond = mantissa - (slot & MANTISSA);
  if (beyond === 0 || upper <= MANTISSA) return calculatedIndexOf(value, scale);
  // Below the slot's boundary it is one bucket less. Adding the sign bit costs half of what a condition does, which
  // would be guessed wrong every other time.
  return (((upper >>> 20) - EXPONENT_BIAS) << scale) + (slot >>> 20) + (beyond >> 31);
}

// By exponent and logarithm, which is one bucket off at most, and just within rounding of a boundary.
function calculatedIndexOf(value: number, scale: number): number {
  const normal = Math.max(value, MIN_NORMAL);
  DOUBLE[0] = normal;
  const upper = WORDS[UPPER]!;
  const exponent = (upper >>> 20) - EXPONENT_BIAS;
  const isPowerOfTwo = (upper & MANTISSA) === 0 && WORDS[LOWER] === 0;
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale;
  if (isPowerOfTwo) return (exponent << scale) - 1;
  // The greatest doubles' logarithm is rounded to that of 2 ** 1024, whose bucket does not exist.
  return Math.min(Math.floor(Math.log(normal) * (Math.LOG2E * 2 ** scale)), (1024 << scale) - 1);
}

// A slot's boundary in its low 20 bits, and the index of the bucket that begins there, from the power of two on, above
// them; in a slot without a boundary the index of its bucket above and 0, which is below all of the slot. The last
// slot's boundary is its end: there the difference 0 sends what may be rounded to the next power of two on its way to
// the logarithm; the index is that of the bucket after, since all others are below.
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
