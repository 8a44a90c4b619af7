import { Application, type TrackedScope } from "tachymeter/facades";
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface Tracking extends Collecting {
  readonly application: Application;
}

function tracking(): Tracking {
  const collecting = collectingProvider();
  return { ...collecting, application: new Application({ meterProvider: collecting.provider }) };
}

const pass = (millis: number): void => void vi.advanceTimersByTime(millis);
const DURATION = "application.call.duration";
const IMPORT = { "code.function.name": "import" };

test("a block is timed, its result is returned, and its metadata become the context", async () => {
  const { application, point } = tracking();
  const rows = application.track("import", { kind: "csv" }, (block) => {
    pass(1500);
    block.metadata["file"] = "orders.csv";
    return [1, 2];
  });
  expectTypeOf(rows).toEqualTypeOf<number[]>();
  expect(rows).toEqual([1, 2]);
  expect(await point(DURATION, { ...IMPORT, kind: "csv" })).toMatchObject({ count: 1, sum: 1.5 });
  expect(application.getCollectedMetrics()).toMatchObject([
    { name: "import", value: 1.5, unit: "s", tags: { kind: "csv" }, context: { file: "orders.csv" } },
  ]);
  expect(application.getCallCounts()).toEqual({ import: 1 });
});

test("metadata are not attributes, and may be replaced as a whole", async () => {
  const { application, points } = tracking();
  application.track("import", undefined, (block) => void (block.metadata = { user: "u-1" }));
  expect(await points(DURATION)).toMatchObject([{ attributes: IMPORT }]);
  expect(application.getCollectedMetrics()).toMatchObject([{ context: { user: "u-1" } }]);
});

test("a block without metadata has no context", () => {
  const { application } = tracking();
  application.track("import", {}, () => {});
  expect(application.getCollectedMetrics()[0]).not.toHaveProperty("context");
});

test("an asynchronous block is timed until it settles", async () => {
  const { application, point } = tracking();
  const done = application.track("import", undefined, async (block) => {
    await new Promise<void>((resolve) => setTimeout(resolve, 400));
    block.metadata["rows"] = 3;
    return "done";
  });
  pass(400);
  expect(await done).toBe("done");
  expect(await point(DURATION, IMPORT)).toMatchObject({ count: 1, sum: 0.4 });
  expect(application.getCollectedMetrics()).toMatchObject([{ context: { rows: 3 } }]);
});

test("a block that fails is recorded with its error, and throws the same error", async () => {
  const { application, point } = tracking();
  const error = new SyntaxError("line 3");
  expect(() =>
    application.track("import", undefined, (block) => {
      block.metadata["line"] = 3;
      throw error;
    }),
  ).toThrow(error);
  await expect(application.track("import", undefined, () => Promise.reject(error))).rejects.toBe(error);
  expect(await point(DURATION, { ...IMPORT, "error.type": "SyntaxError" })).toMatchObject({ count: 2 });
  expect(application.getCollectedMetrics()).toMatchObject([
    { tags: { "error.type": "SyntaxError" }, context: { line: 3 } },
    { tags: { "error.type": "SyntaxError" } },
  ]);
});

test("a block is timed with `using`", async () => {
  const { application, point } = tracking();
  {
    using block = application.track("import", { kind: "csv" });
    block.metadata["rows"] = 7;
    pass(60);
  }
  expect(await point(DURATION, { ...IMPORT, kind: "csv" })).toMatchObject({ count: 1, sum: 0.06 });
  expect(application.getCollectedMetrics()).toMatchObject([{ value: 0.06, context: { rows: 7 } }]);
});

test("a block with `using` is recorded also if it is left by an error", async () => {
  const { application, point } = tracking();
  const error = new RangeError("x");
  expect(() => {
    using block = application.track("import");
    try {
      throw error;
    } catch (caught) {
      block.fail(caught);
      throw caught;
    }
  }).toThrow(error);
  expect(await point(DURATION, { ...IMPORT, "error.type": "RangeError" })).toMatchObject({ count: 1 });
});

test("a block with `using` ends once, with the first failure", async () => {
  const { application, points } = tracking();
  const block: TrackedScope = application.track("import");
  block.fail(new RangeError("first"));
  block.fail(new TypeError("second"));
  block[Symbol.dispose]();
  block[Symbol.dispose]();
  block.fail(new TypeError("late"));
  expect(await points(DURATION)).toMatchObject([
    { attributes: { ...IMPORT, "error.type": "RangeError" }, value: { count: 1 } },
  ]);
  expect(application.getCollectedMetrics()).toHaveLength(1);
});
