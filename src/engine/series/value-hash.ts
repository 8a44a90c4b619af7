/**
 * Hashes made for the very values of one trie node, so that nearly every value has a place of its own in a small table,
 * and a look-up is one comparison with one outcome. (A `Map` costs twice as much, and a chain of comparisons is
 * mispredicted by the processor.) A text's hash is its length and two of its characters, at positions that tell the
 * values apart; a number's is its own low bits and some higher ones.
 *
 *     length and characters 0 and 1 tell these apart:     │ PUT │     │ DELETE │ GET │     │ POST │ PATCH │
 */

export interface ValueHash {
  /** Places less one; their number is a power of two. */
  readonly mask: number;
  /** Of texts, the position of a character; of numbers, the distance between the bits that count. */
  readonly first: number;
  /** Of texts, the position of another character; of numbers, 0. */
  readonly second: number;
  /** Of texts, what the other character is multiplied by; of numbers, 0. */
  readonly factor: number;
}

// For more values it takes too long to find a hash.
const MAX_VALUES = 256;
const MAX_POSITION = 48;
const CANDIDATE_POSITIONS = 6;
const MAX_SHIFT = 12;
// Numbers of letters and of digits, made odd: then characters of one kind at two positions do not meet.
const FACTORS = [27, 11, 5, 1];
// Up to so many values may fill their places; of more every other stays empty, as room to grow.
const FEW = 8;
// One value in so many may be left without a place.
const VALUES_FOR_A_HOMELESS_ONE = 8;
// So many places for a value at most.
const SPARSITY = 4;

export function placeOfText(text: string, { mask, first, second, factor }: ValueHash): number {
  const { length } = text;
  const one = first < length ? text.charCodeAt(first) : 0;
  const other = second < length ? text.charCodeAt(second) : 0;
  return (length + one + factor * other) & mask;
}

export function placeOfNumber(number: number, { mask, first }: ValueHash): number {
  return (number ^ (number >>> first)) & mask;
}

/** A hash that gives nearly all `texts` places of their own, or `undefined` where they are too many or too alike. */
export function hashForTexts(texts: readonly string[]): ValueHash | undefined {
  const positions = tellingPositions(texts);
  const kinds = positions.flatMap((first) =>
    positions.flatMap((second) => FACTORS.map((factor) => ({ first, second, factor }))),
  );
  return search(texts, kinds, placeOfText);
}

/** A hash that gives nearly all `numbers` places of their own, or `undefined` where they are too many or too alike. */
export function hashForNumbers(numbers: readonly number[]): ValueHash | undefined {
  const kinds = Array.from({ length: MAX_SHIFT }, (_, i) => ({ first: MAX_SHIFT - i, second: 0, factor: 0 }));
  return search(numbers, kinds, placeOfNumber);
}

// The positions at which the texts differ most.
function tellingPositions(texts: readonly string[]): number[] {
  const longest = Math.max(...texts.map((text) => text.length));
  const positions = Array.from(
    { length: Math.max(1, Math.min(longest, MAX_POSITION)) },
    (_, position) => position,
  );
  const kinds = positions.map((position) => new Set(texts.map((text) => text.charCodeAt(position))).size);
  return positions.toSorted((a, b) => kinds[b]! - kinds[a]!).slice(0, CANDIDATE_POSITIONS);
}

// The first hash that does it for the smallest table.
function search<Value>(
  values: readonly Value[],
  kinds: readonly Omit<ValueHash, "mask">[],
  placeOf: (value: Value, hash: ValueHash) => number,
): ValueHash | undefined {
  const count = values.length;
  if (count > MAX_VALUES) return undefined;
  // Doubled, not raised to a power: V8 keeps what `**` answers as a double, which every look-up would pay for.
  for (let size = 1; size <= count * SPARSITY; size *= 2) {
    if (size < (count > FEW ? 2 * count : count)) continue;
    const places = new Uint8Array(size);
    for (const kind of kinds) {
      const hash = { ...kind, mask: size - 1 };
      places.fill(0);
      for (const value of values) places[placeOf(value, hash)] = 1;
      const homeless = count - places.reduce((taken, place) => taken + place, 0);
      if (homeless * VALUES_FOR_A_HOMELESS_ONE <= count) return hash;
    }
  }
  return undefined;
}
