import { expect, test, vi } from "vitest";

// Longer than vitest waits by itself.
const AWHILE_MILLIS = 1_200;

test("what is waited for may take more than a second", async () => {
  const things: string[] = [];
  setTimeout(() => things.push("here"), AWHILE_MILLIS);
  await Promise.all([
    vi.waitFor(() => expect(things).toEqual(["here"])),
    vi.waitUntil(() => things.includes("here")),
    expect.poll(() => things).toEqual(["here"]),
  ]);
});
