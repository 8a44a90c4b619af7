import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fileText, seldomText } from "../../../src/host/readings/file-text.ts";
import { Slices } from "../../../src/io/yield.ts";

// Time that the kernel takes for a file, and the way in which each file was read.
const { pace, ways } = vi.hoisted(() => {
  const taken: string[] = [];
  return { pace: { millis: 0, now: 0 }, ways: taken };
});

vi.mock("node:fs", async (original) => ({
  ...(await original<object>()),
  readFileSync: (path: string) => {
    if (path === "/missing") throw new Error("ENOENT");
    ways.push("at once");
    pace.now += pace.millis;
    return "text";
  },
}));

vi.mock("node:fs/promises", async (original) => ({
  ...(await original<object>()),
  readFile: async () => {
    ways.push("by the pool");
    return "text";
  },
}));

beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => pace.now);
});
afterEach(() => {
  vi.restoreAllMocks();
  ways.length = 0;
  pace.millis = 0;
});

test("a file that is generated quickly is read synchronously", async () => {
  pace.millis = 0.1;
  for (let i = 0; i < 5; i++) expect(await fileText("/quick")).toBe("text");
  expect(ways).toEqual(Array.from({ length: 5 }, () => "at once"));
});

test("a file that was slow three times in a row is read by the pool from then on", async () => {
  pace.millis = 0.1;
  await fileText("/slow");
  pace.millis = 2;
  for (let i = 0; i < 5; i++) expect(await fileText("/slow")).toBe("text");
  expect(ways).toEqual(["at once", "at once", "at once", "at once", "by the pool", "by the pool"]);
});

test("a file that is slow now and then is read synchronously", async () => {
  for (let i = 0; i < 9; i++) {
    pace.millis = i % 3 === 0 ? 0.1 : 2;
    await fileText("/uneven");
  }
  expect(ways).not.toContain("by the pool");
});

test("a file that rarely changes is read every half minute", async () => {
  expect(await seldomText("/steady")).toBe("text");
  pace.now += 29_999;
  expect(await seldomText("/steady")).toBe("text");
  expect(ways).toHaveLength(1);
  pace.now += 1;
  expect(await seldomText("/steady")).toBe("text");
  expect(ways).toHaveLength(2);
});

test("a missing file has no text", async () => {
  expect(await fileText("/missing")).toBeUndefined();
});

test("reading continues in the next turn of the event loop if this one has taken long enough", async () => {
  const slices = new Slices();
  let isLater = false;
  setImmediate(() => (isLater = true));
  pace.now += 0.15;
  await slices.next();
  expect(isLater).toBe(false);
  pace.now += 0.1;
  await slices.next();
  expect(isLater).toBe(true);
});
