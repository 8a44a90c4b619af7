import { expect } from "vitest";

/** Expects the same, but for what the order of additions does to numbers. */
export function expectClose(found: unknown, expected: unknown): void {
  expect(found).toEqual(loose(expected));
}

function loose(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loose);
  if (typeof value !== "number" || Number.isInteger(value)) return value;
  return expect.closeTo(value, Math.min(15, 9 - Math.ceil(Math.log10(Math.abs(value) + 1e-9))));
}
