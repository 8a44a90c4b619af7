import { expect, test } from "vitest";
import { uuidV7 } from "../../src/events/uuid-v7.ts";

test("ids carry the time, version and variant, and sort in the order of creation", () => {
  const before = Date.now();
  const ids = Array.from({ length: 20_000 }, () => uuidV7());
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  const millis = Number.parseInt(ids[0]!.replace("-", "").slice(0, 12), 16);
  expect(millis).toBeGreaterThanOrEqual(before);
  expect(millis).toBeLessThanOrEqual(Date.now());
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids rise also if the clock stands still, or goes back", () => {
  const now = Date.now() + 60_000;
  const ids = [uuidV7(now)];
  for (let i = 0; i < 10_000; i++) ids.push(uuidV7(now));
  ids.push(uuidV7(now - 5_000));
  expect(ids.toSorted()).toEqual(ids);
});
