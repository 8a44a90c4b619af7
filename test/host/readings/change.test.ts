import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Change } from "../../../src/host/readings/change.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function growing(): Change<number, number> {
  return new Change((earlier, later, seconds) => (later - earlier) / seconds);
}

test("the first value is available after a tenth of a second, the next ones after a second each", () => {
  const change = growing();
  expect(change.upTo(0)).toBeUndefined();
  vi.advanceTimersByTime(99);
  expect(change.upTo(50)).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(change.upTo(50)).toBeCloseTo(500);
  vi.advanceTimersByTime(999);
  expect(change.upTo(5_000)).toBeCloseTo(500);
  vi.advanceTimersByTime(1);
  expect(change.upTo(1_050)).toBeCloseTo(1_000);
});

test("a value covers all the time since the previous one", () => {
  const change = growing();
  change.upTo(0);
  vi.advanceTimersByTime(60_000);
  expect(change.upTo(120)).toBeCloseTo(2);
  vi.advanceTimersByTime(60_000);
  expect(change.upTo(120)).toBeCloseTo(0);
});
