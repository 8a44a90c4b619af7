import { expect } from "vitest";

/** Matches the same, but for what the order of additions does to numbers: whole ones too may have been rounded to be so. */
export function close(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(close);
  if (typeof value !== "number" || !Number.isFinite(value)) return value;
  return expect.closeTo(value, Math.min(6, 9 - Math.ceil(Math.log10(Math.abs(value) + 1e-9))));
}
