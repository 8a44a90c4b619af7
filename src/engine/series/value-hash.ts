/**
 * Hashes for the actual values of one trie node. Nearly every value has a place of its own in a small table, so that a
 * look-up is one predictable comparison. (A `Map` costs twice as much, and the processor mispredicts a chain of
 * comparisons.) A string's hash is its length and at most two of its characters, at positions that distinguish the values. A
 * number's hash is its own low bits and some higher ones.
 *
 *     length and characters 0 and 1 distinguish these:    │ PUT │     │ DELETE │ GET │     │ POST │ PATCH │
 */

export interface ValueHash {
  /** Number of places minus one. The number of places is a power of two. */
  readonly mask: number;
  /** For strings, the position of a character, or {@link NO_POSITION}. For numbers, the distance between the bits used. */
  readonly first: number;
  /** For strings, the position of another character, or {@link NO_POSITION}. For numbers, 0. */
  readonly second: number;
  /** For strings, the multiplier of the other character. For numbers, 0. */
  readonly factor: number;
}

// For more values it takes too long to find a hash.
const MAX_VALUES = 256;
const MAX_POSITION = 48;
const CANDIDATE_POSITIONS = 6;
const MAX_SHIFT = 12;
// The number of letters and of digits, made odd, so that characters of one kind at two positions do not
// collide.
const FACTORS = [27, 11, 5, 1];
// Beyond the end of each string, so that no character is read. Reading two takes 1 of 26 ns of a recording.
const NO_POSITION = 0x3f_ff_ff_ff;
// At most this many values may fill a table. In larger tables half of the places stay empty, as room to grow.
const FEW = 8;
// One value in this many may be left without a place.
const VALUES_PER_COLLISION = 8;
// Maximum number of places per value.
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

/**
 * Finds a hash with separate places for nearly all `texts`; `undefined` if there are too many or they are too
 * similar.
 */
export function hashForTexts(texts: readonly string[]): ValueHash | undefined {
  const positions = tellingPositions(texts);
  // The fewest characters first: lengths alone distinguish "GET" from "POST".
  const kinds = [
    ...[NO_POSITION, ...positions].map((first) => ({ first, second: NO_POSITION, factor: 0 })),
    ...positions.flatMap((first) =>
      positions.flatMap((second) => FACTORS.map((factor) => ({ first, second, factor }))),
    ),
  ];
  return search(texts, kinds, placeOfText);
}

/**
 * Finds a hash with separate places for nearly all `numbers`; `undefined` if there are too many or they are too
 * similar.
 */
export function hashForNumbers(numbers: readonly number[]): ValueHash | undefined {
  const kinds = Array.from({ length: MAX_SHIFT }, (_, i) => ({ first: MAX_SHIFT - i, second: 0, factor: 0 }));
  return search(numbers, kinds, placeOfNumber);
}

// Positions at which the strings differ most.
function tellingPositions(texts: readonly string[]): number[] {
  const longest = Math.max(...texts.map((text) => text.length));
  const positions = Array.from(
    { length: Math.max(1, Math.min(longest, MAX_POSITION)) },
    (_, position) => position,
  );
  const kinds = positions.map((position) => new Set(texts.map((text) => text.charCodeAt(position))).size);
  return positions.toSorted((a, b) => kinds[b]! - kinds[a]!).slice(0, CANDIDATE_POSITIONS);
}

// Returns the first sufficient hash for the smallest table.
function search<Value>(
  values: readonly Value[],
  kinds: readonly Omit<ValueHash, "mask">[],
  placeOf: (value: Value, hash: ValueHash) => number,
): ValueHash | undefined {
  const count = values.length;
  if (count > MAX_VALUES) return undefined;
  // Doubled, not raised to a power: V8 keeps results of `**` as doubles, which would slow down every look-up.
  for (let size = 1; size <= count * SPARSITY; size *= 2) {
    if (size < (count > FEW ? 2 * count : count)) continue;
    const places = new Uint8Array(size);
    for (const kind of kinds) {
      const hash = { ...kind, mask: size - 1 };
      places.fill(0);
      for (const value of values) places[placeOf(value, hash)] = 1;
      const collisions = count - places.reduce((taken, place) => taken + place, 0);
      if (collisions * VALUES_PER_COLLISION <= count) return hash;
    }
  }
  return undefined;
}
