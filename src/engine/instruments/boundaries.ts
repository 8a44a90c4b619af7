/** The boundaries in increasing order, each once and finite; `undefined` where the list is none of numbers. */
export function orderedBoundaries(given: unknown): readonly number[] | undefined {
  if (!Array.isArray(given)) return undefined;
  const bounds: unknown[] = given;
  if (!bounds.every((bound): bound is number => typeof bound === "number" && !Number.isNaN(bound)))
    return undefined;
  return [...new Set(bounds)].filter((bound) => Number.isFinite(bound)).toSorted((a, b) => a - b);
}
