import { getHeapStatistics } from "node:v8";
import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { Interner } from "../../../src/engine/series/interner.ts";
import type { StoreOptions } from "../../../src/engine/aggregation/store.ts";
import { SumStore } from "../../../src/engine/aggregation/sum-store.ts";
import { heldBytes } from "../memory.ts";

function storeOf(options: Partial<StoreOptions> = {}): SumStore {
  return new SumStore({ interner: new Interner(), limit: 2000, ...options });
}

test("100,000 series of three attributes take less than 64 bytes each, with activity less than 88", async () => {
  const methods = ["GET", "POST", "PUT", "DELETE", "PATCH"];
  const routes = Array.from({ length: 4000 }, (_, i) => `/route/${i}`);
  for (const [trackActivity, most] of [
    [false, 64],
    [true, 88],
  ] as const) {
    const before = await heldBytes();
    const store = storeOf({ limit: 100_000, clock: Date.now, trackActivity });
    for (let i = 0; i < 100_000; i++) {
      const route = routes[Math.floor(i / 25)]!;
      store.record(1, { method: methods[i % 5]!, route, status: 200 + (Math.floor(i / 5) % 5) });
    }
    const after = await heldBytes();
    expect(store.series.size).toBe(100_000);
    expect((after - before) / 100_000).toBeLessThan(most);
  }
});

test("hundreds of thousands of new sets at the limit leave no memory behind", async () => {
  const store = storeOf({ limit: 10 });
  const flood = (from: number): void => {
    for (let i = from; i < from + 150_000; i++)
      store.record(1, { [`key ${i % 5000}`]: `value ${i}`, user: i });
  };
  flood(0);
  const before = await heldBytes();
  flood(150_000);
  expect((await heldBytes()) - before).toBeLessThan(1_000_000);
  expect(store.series.interner.size).toBeLessThan(100);
  let total = 0;
  for (let row = 0; row < store.series.rowCount; row++) total += store.valueOf(row);
  expect(total).toBe(300_000);
});

test("400,000 series that come and go leave no memory behind", async () => {
  const store = storeOf();
  const pass = (from: number): void => {
    for (let i = from; i < from + 100_000; i++) {
      const row = store.record(1, { user: `user ${i}`, kind: i % 7, list: [i % 11] });
      if (i % 1000 !== 999) continue;
      for (let other = 1; other < store.series.rowCount; other++)
        if (other !== row && store.series.free(other)) store.empty(other);
    }
  };
  pass(0);
  const before = await heldBytes();
  pass(100_000);
  expect((await heldBytes()) - before).toBeLessThan(1_000_000);
});

test("unbounded attributes that a view leaves out leave no memory behind", async () => {
  const store = storeOf({ keep: (key) => key === "a" });
  const pass = (from: number): void => {
    for (let i = from; i < from + 100_000; i++)
      store.record(1, { user: `user ${i}`, a: i % 10, [`key ${i}`]: [i] });
  };
  pass(0);
  const before = await heldBytes();
  pass(100_000);
  expect((await heldBytes()) - before).toBeLessThan(1_000_000);
  expect(store.series.size).toBe(10);
});

test("a value cut from a long string does not hold that string", async () => {
  const store = storeOf();
  const before = await heldBytes();
  for (let i = 0; i < 20; i++) {
    const text = Buffer.alloc(1_000_000, 65 + i).toString();
    store.record(1, { cut: text.slice(i, 100 + i), list: [text.slice(0, 50)] });
  }
  expect((await heldBytes()) - before).toBeLessThan(5_000_000);
  expect(store.series.size).toBe(20);
});

const known: readonly [string, Attributes][] = [
  ["three attributes", { method: "GET", route: "/a", status: 200 }],
  ["another order of keys", { status: 200, method: "GET", route: "/a" }],
  ["a list and an object", { method: "GET", list: ["a", "b"], deep: Object({ x: [1, { y: 2 }] }) }],
  ["an attribute that is left out", { method: "GET", out: "x" }],
];

test.each([...known, ["a set in overflow", { method: "GET", route: "/a", status: 9 }] as const])(
  "recording %s allocates nothing",
  (_, attributes) => {
    const store = storeOf({ limit: known.length, keep: (key) => key !== "out" });
    for (const [, set] of known) store.record(1, set);
    for (let i = 0; i < 20_000; i++) store.record(1, attributes);
    expect(leastAllocated(() => store.record(1, attributes))).toBeLessThan(1);
  },
);

// Bytes per call, the least of the runs. Until V8 has compiled the call, which a busy machine delays, calls make
// garbage.
function leastAllocated(call: () => void): number {
  const deadline = Date.now() + 15_000;
  let least = Number.POSITIVE_INFINITY;
  while (least >= 1 && Date.now() < deadline) {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < 20_000; i++) call();
    least = Math.min(least, Math.abs(getHeapStatistics().used_heap_size - before) / 20_000);
  }
  return least;
}
