import { expect, test } from "vitest";
import { retryAfterMillis } from "../../../src/io/http/retry-after.ts";

const now = Date.UTC(2026, 10, 20, 8, 0, 0);

test.each([
  ["0", 0],
  ["120", 120_000],
  [" 7 ", 7_000],
  ["86400", 3_600_000],
  ["99999999999999999999", 3_600_000],
  ["Fri, 20 Nov 2026 08:01:30 GMT", 90_000],
  ["Friday, 20-Nov-26 08:01:30 GMT", 90_000],
  ["Fri, 20 Nov 2026 07:00:00 GMT", 0],
  ["Mon, 20 Nov 2034 08:00:00 GMT", 3_600_000],
  [undefined, undefined],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["2026", 2_026_000],
  ["2026-11-20", undefined],
  ["Fri, 99 Nov 2026 08:01:30 GMT", undefined],
])("Retry-After %j requests %j ms", (header, millis) => {
  expect(retryAfterMillis(header, now)).toBe(millis);
});
