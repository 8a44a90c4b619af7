import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Application } from "tachymeter/facades";
import { expect, expectTypeOf, test } from "vitest";
import { collectingProvider } from "../kit/collecting.ts";

const SIZE = "application.allocation.size";

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** The number of bytes recorded for one call. */
function recordedBytes(application: Application, allocate: () => unknown): number {
  application.trackAllocations("build", allocate);
  const [metric] = application.getCollectedMetrics();
  return metric?.value ?? NaN;
}

test("the bytes of a small call are recorded to within a kilobyte", () => {
  const application = new Application();
  const kept: unknown[] = [];
  const list = (): unknown => kept.push(Array.from({ length: 10_000 }, () => 0.5));
  recordedBytes(application, list);
  const few = (): unknown => kept.push(new Float64Array(4).fill(1), "x".repeat(3));
  // V8 may compile during one of them, which allocates memory too.
  const allocated = Array.from({ length: 20 }, () => recordedBytes(application, few));
  expect(Math.min(...allocated)).toBeLessThan(2000);
  // A number takes 8 bytes, and a list grows by half, copying, while it is filled.
  const bytes = recordedBytes(application, list);
  expect(bytes).toBeGreaterThan(80_000);
  expect(bytes).toBeLessThan(400_000);
});

test("the result of the function is returned, and its allocation is recorded under its name", async () => {
  const { provider, point } = collectingProvider();
  const application = new Application({ meterProvider: provider });
  const answer = application.trackAllocations("build", () => "built");
  expectTypeOf(answer).toEqualTypeOf<string>();
  expect(answer).toBe("built");
  const bytes = recordedBytes(application, () => {});
  expect(bytes).toBeGreaterThanOrEqual(0);
  expect(await point(SIZE, { "code.function.name": "build" })).toMatchObject({ min: expect.any(Number) });
});

test("the buffered metric is in bytes", () => {
  const application = new Application();
  application.trackAllocations("build", () => {});
  expect(application.getCollectedMetrics()).toMatchObject([
    { name: "build", unit: "By", tags: {}, source: "application" },
  ]);
});

test("memory that was garbage-collected meanwhile counts", async () => {
  const { provider, points } = collectingProvider();
  const application = new Application({ meterProvider: provider });
  application.trackAllocations("build", () => {
    Array.from({ length: 100_000 }, (_, i) => ({ i }));
    collectGarbage();
  });
  expect(await points(SIZE)).toHaveLength(1);
  // An object of one field takes 32 bytes.
  expect(application.getCollectedMetrics()[0]?.value).toBeGreaterThan(2_000_000);
});

test("nothing is recorded if the function throws, and the same error is thrown", async () => {
  const { provider, points } = collectingProvider();
  const application = new Application({ meterProvider: provider });
  const error = new RangeError("x");
  expect(() =>
    application.trackAllocations("build", () => {
      throw error;
    }),
  ).toThrow(error);
  expect(await points(SIZE)).toEqual([]);
});

test("calls may be measured within others", () => {
  const application = new Application();
  const bytes = recordedBytes(application, () => application.trackAllocations("inner", () => {}));
  expect(bytes).toBeGreaterThanOrEqual(0);
});
