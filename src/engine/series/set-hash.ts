// The hash of a set of pair ids: the sum of the mixed ids, mixed again. A sum has no order; the mixing of each id must
// not be linear, or sets of neighbouring ids collide by the thousand.

/** One id's share of the sum. */
export function mixedId(id: number): number {
  const once = Math.imul(id, 0x9e3779b1);
  return Math.imul(once ^ (once >>> 15), 0x85ebca77);
}

/** The hash of a set whose ids' shares add up to `sum` (32 bits, signed). */
export function hashOfSum(sum: number): number {
  const once = Math.imul(sum ^ (sum >>> 15), 0x2c1b3c6d);
  return once ^ (once >>> 13);
}
