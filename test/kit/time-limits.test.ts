import { expect, test, vi } from "vitest";

// Longer than vitest's default.
const AWHILE_MILLIS = 1_200;

const begin = performance.now();
const passedMillis = (): number => performance.now() - begin;

test.concurrent.each<[string, () => Promise<unknown>]>([
  ["waitFor", () => vi.waitFor(() => expect(passedMillis()).toBeGreaterThan(AWHILE_MILLIS))],
  ["waitUntil", () => vi.waitUntil(() => passedMillis() > AWHILE_MILLIS)],
  ["poll", async () => await expect.poll(passedMillis).toBeGreaterThan(AWHILE_MILLIS)],
])("%s waits for more than a second", async (_name, wait) => {
  await wait();
  expect(passedMillis()).toBeGreaterThan(AWHILE_MILLIS);
});
