import fc from "fast-check";
import { Coordination } from "tachymeter/facades";
import { afterEach, expect, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";
import { runs } from "../kit/test-length.ts";

afterEach(() => void vi.useRealTimers());

function coordinating(
  options: { readonly nodeTimeout?: number } = {},
): Collecting & { coordination: Coordination } {
  const collecting = collectingProvider();
  return {
    ...collecting,
    coordination: new Coordination({ meterProvider: collecting.provider, ...options }),
  };
}

test("no node is active at first", async () => {
  const { coordination, point } = coordinating();
  expect(coordination.activeNodes).toBe(0);
  expect(await point("coordination.active_nodes")).toBe(0);
});

test("a node is active from join to leave, no matter how often it joins", async () => {
  const { coordination, point } = coordinating();
  coordination.join("a");
  coordination.join("a");
  coordination.join("b");
  expect(coordination.activeNodes).toBe(2);
  coordination.leave("a");
  coordination.leave("a");
  coordination.leave("nobody");
  expect(coordination.activeNodes).toBe(1);
  expect(await point("coordination.active_nodes")).toBe(1);
});

test("a node without a heartbeat for the time-out is no longer active, one with heartbeats is", async () => {
  vi.useFakeTimers();
  const { coordination, point } = coordinating();
  coordination.join("silent");
  coordination.join("living");
  coordination.join("leaving");
  coordination.leave("leaving");
  coordination.leave("unknown", { lost: true });
  expect(await point("coordination.nodes.lost")).toBeUndefined();
  coordination.join("crashing", { lasting: true });
  coordination.leave("crashing", { lost: true });
  vi.advanceTimersByTime(29_999);
  expect(coordination.activeNodes).toBe(2);
  coordination.heartbeat("living");
  vi.advanceTimersByTime(1);
  expect(await point("coordination.active_nodes")).toBe(1);
  expect(await point("coordination.nodes.lost")).toBe(2);
  vi.advanceTimersByTime(29_998);
  expect(coordination.activeNodes).toBe(1);
  vi.advanceTimersByTime(1);
  expect(coordination.activeNodes).toBe(0);
  expect(await point("coordination.nodes.lost")).toBe(3);
});

test("nodes expire after the given time-out", () => {
  vi.useFakeTimers();
  const { coordination } = coordinating({ nodeTimeout: 0.5 });
  coordination.join("a");
  vi.advanceTimersByTime(499);
  expect(coordination.activeNodes).toBe(1);
  vi.advanceTimersByTime(1);
  expect(coordination.activeNodes).toBe(0);
});

test("a lasting node is active until it leaves, even without heartbeats", () => {
  vi.useFakeTimers();
  const { coordination } = coordinating({ nodeTimeout: 2 });
  coordination.join("other");
  coordination.join("worker-1", { lasting: true });
  vi.advanceTimersByTime(60_000);
  expect(coordination.activeNodes).toBe(1);
  coordination.heartbeat("worker-1");
  coordination.join("worker-1");
  vi.advanceTimersByTime(60_000);
  expect(coordination.activeNodes).toBe(1);
  coordination.leave("worker-1");
  expect(coordination.activeNodes).toBe(0);
});

test("a heartbeat of an unknown node joins it, also after it expired", () => {
  vi.useFakeTimers();
  const { coordination } = coordinating();
  coordination.heartbeat("a");
  expect(coordination.activeNodes).toBe(1);
  vi.advanceTimersByTime(40_000);
  expect(coordination.activeNodes).toBe(0);
  coordination.heartbeat("a");
  expect(coordination.activeNodes).toBe(1);
});

test("with more than 10,000 nodes the one with the oldest heartbeat is dropped", () => {
  vi.useFakeTimers();
  const { coordination } = coordinating();
  coordination.join("first");
  coordination.join("second");
  coordination.heartbeat("first");
  for (let i = 0; i < 9_999; i++) coordination.join(`node-${i}`);
  expect(coordination.activeNodes).toBe(10_000);
  coordination.leave("second");
  expect(coordination.activeNodes).toBe(10_000);
  coordination.leave("first");
  expect(coordination.activeNodes).toBe(9_999);
});

test("the active nodes equal those of a plain model of joins, heartbeats, leaves and time", () => {
  vi.useFakeTimers();
  const step = fc.oneof(
    fc.record({
      do: fc.constantFrom("join", "heartbeat", "leave"),
      node: fc.constantFrom("a", "b", "c", "d"),
    }),
    fc.record({ do: fc.constant("wait"), millis: fc.nat({ max: 1_500 }) }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { coordination } = coordinating({ nodeTimeout: 1 });
      const lastHeard = new Map<string, number>();
      let now = 0;
      for (const one of steps) {
        if ("millis" in one) {
          vi.advanceTimersByTime(one.millis);
          now += one.millis;
        } else {
          callWith(coordination, one.do, one.node);
          if (one.do === "leave") lastHeard.delete(one.node);
          else lastHeard.set(one.node, now);
        }
        expect(coordination.activeNodes).toBe(
          [...lastHeard.values()].filter((heard) => now - heard < 1_000).length,
        );
      }
    }),
    { numRuns: runs(50) },
  );
});
