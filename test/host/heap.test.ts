import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { observeRuntime } from "../../src/host/index.ts";
import { collectingProvider } from "../kit/collecting.ts";

const MIB = 2 ** 20;

test("memory outside of the heap and the limit of the heap are observed", async () => {
  const { provider, point } = collectingProvider();
  onTestFinished(observeRuntime(provider));
  expect(await point("v8js.memory.heap.size_limit")).toBe(getHeapStatistics().heap_size_limit);
  const before = Number(await point("v8js.memory.external"));
  const held = Buffer.alloc(64 * MIB);
  expect(Number(await point("v8js.memory.external")) - before).toBeGreaterThan(60 * MIB);
  expect(held.length).toBe(64 * MIB);
});

test("retained memory is that of the old generation after a major collection", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const { provider, point } = collectingProvider();
  onTestFinished(observeRuntime(provider));
  const retained = async (): Promise<number> => {
    const before = await point("v8js.gc.duration", { "v8js.gc.type": "major" });
    collectGarbage();
    await expect
      .poll(() => point("v8js.gc.duration", { "v8js.gc.type": "major" }), { timeout: 30_000 })
      .not.toEqual(before);
    return Number(await point("v8js.memory.heap.retained"));
  };
  const start = await retained();
  let held: number[][] | undefined = Array.from({ length: 64 }, () =>
    Array.from({ length: 131_072 }, Math.random),
  );
  expect((await retained()) - start).toBeGreaterThan(50 * MIB);
  expect(held).toHaveLength(64);
  held = undefined;
  expect((await retained()) - start).toBeLessThan(20 * MIB);
});
