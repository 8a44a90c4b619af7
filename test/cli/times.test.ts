import { expect, test } from "vitest";
import { timeFrom } from "../../src/cli/arguments.ts";

const NOON = Date.parse("2026-11-20T12:00:00Z");

test.each([
  ["2026-11-20T11:30:00Z", "2026-11-20T11:30:00.000Z"],
  ["2026-11-20T11:30", "2026-11-20T11:30:00.000Z"],
  ["2026-11-20 11:30:15.5", "2026-11-20T11:30:15.500Z"],
  ["2026-11-20", "2026-11-20T00:00:00.000Z"],
  ["2026-11", "2026-11-01T00:00:00.000Z"],
  ["2026", "2026-01-01T00:00:00.000Z"],
  ["2026-11-20T11:30+01:00", "2026-11-20T10:30:00.000Z"],
  ["1767323045", "2026-01-02T03:04:05.000Z"],
  ["90s", "2026-11-20T11:58:30.000Z"],
  ["30m", "2026-11-20T11:30:00.000Z"],
  ["1.5h", "2026-11-20T10:30:00.000Z"],
  ["7d", "2026-11-13T12:00:00.000Z"],
  ["2w", "2026-11-06T12:00:00.000Z"],
])("%s is %s", (text, time) => {
  expect(new Date((timeFrom("from", text, NOON) ?? 0) * 1_000).toISOString()).toBe(time);
});

test.each(["", "soon", "1y", "-1h", "-5", "2026-13-01", "2026-02-30", "banana 3", "5 minutes"])(
  '"%s" is not a time',
  (text) => {
    expect(() => timeFrom("from", text, NOON)).toThrow(
      `--from must be ISO 8601 (2026-01-31T12:00), seconds since the epoch, or an age (90s, 30m, 1h, 7d, 2w), got "${text}"`,
    );
  },
);

test("milliseconds are refused, with the time in seconds", () => {
  expect(() => timeFrom("to", "1795132800123", NOON)).toThrow(
    "--to must be in seconds since the epoch, got 1795132800123, which looks like milliseconds; use 1795132800",
  );
});

test("a missing time is undefined", () => {
  expect(timeFrom("to", undefined, NOON)).toBeUndefined();
});
