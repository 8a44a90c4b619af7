import { expect } from "vitest";

/** Matches numbers with a tolerance for the order of additions, including integers that may be rounded. */
export function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "number" || !Number.isFinite(value)) return value;
  return expect.closeTo(value, Math.min(6, 9 - Math.ceil(Math.log10(Math.abs(value) + 1e-9))));
}
