import { Application } from "tachymeter/facades";
import { afterEach, beforeEach, expect, expectTypeOf, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout"] }));
afterEach(() => void vi.useRealTimers());

interface Timing extends Collecting {
  readonly application: Application;
}

function timing(): Timing {
  const collecting = collectingProvider();
  return { ...collecting, application: new Application({ meterProvider: collecting.provider }) };
}

const pass = (millis: number): void => void vi.advanceTimersByTime(millis);

async function passing(millis: number): Promise<void> {
  const passed = new Promise<void>((resolve) => setTimeout(resolve, millis));
  pass(millis);
  await passed;
}

const DURATION = "application.call.duration";
const ROWS = { "code.function.name": "rows" };

function* rows(this: unknown, count: number): Generator<number, string, number | undefined> {
  for (let i = 0; i < count; i++) {
    pass(10);
    const answer = yield i;
    if (answer !== undefined) pass(answer);
  }
  return "all";
}

async function* pages(count: number, error?: Error): AsyncGenerator<number, string> {
  for (let i = 0; i < count; i++) {
    await passing(10);
    yield i;
  }
  if (error !== undefined) throw error;
  return "all";
}

test("a generator is timed while it runs, without the time of its consumer", async () => {
  const { application, point } = timing();
  const timed = application.timer()(rows);
  expectTypeOf(timed).toEqualTypeOf(rows);
  const seen: number[] = [];
  for (const row of timed(3)) {
    seen.push(row);
    pass(1000);
  }
  expect(seen).toEqual([0, 1, 2]);
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.03) });
  expect(application.getCallCounts()).toEqual({ rows: 1 });
});

test("a generator receives sent values and returns its result", async () => {
  const { application, point } = timing();
  const generator = application.timer()(rows)(2);
  expect(generator.next()).toEqual({ value: 0, done: false });
  expect(generator.next(500)).toEqual({ value: 1, done: false });
  expect(generator.next()).toEqual({ value: "all", done: true });
  expect(generator.next()).toEqual({ value: undefined, done: true });
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.52) });
});

test("a generator stays an object of its function, and can be delegated to", async () => {
  const { application, point } = timing();
  const timed = application.timer()(rows);
  expect(timed(1)).toBeInstanceOf(timed);
  function* outer(): Generator<number, string> {
    return yield* timed(2);
  }
  expect([...outer()]).toEqual([0, 1]);
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1 });
});

test("a generator that is left early has ended, even before its first step", async () => {
  const { application, point } = timing();
  const timed = application.timer()(rows);
  for (const row of timed(3)) if (row === 1) break;
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.02) });
  timed(3).return("none");
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 2 });
});

test("a generator that is never run to its end is counted and not recorded", async () => {
  const { application, points } = timing();
  application.timer()(rows)(3).next();
  expect(application.getCallCounts()).toEqual({ rows: 1 });
  expect(await points(DURATION)).toEqual([]);
});

test("a generator that fails is recorded with its error, and throws the same error", async () => {
  const { application, point } = timing();
  const error = new RangeError("x");
  const generator = application.timer()(rows)(3);
  generator.next();
  expect(() => generator.throw(error)).toThrow(error);
  expect(await point(DURATION, { ...ROWS, "error.type": "RangeError" })).toMatchObject({ count: 1 });
});

test("an asynchronous generator is timed while it runs", async () => {
  const { application, point } = timing();
  const timed = application.timer("rows")(pages);
  expectTypeOf(timed).toEqualTypeOf(pages);
  const seen: number[] = [];
  for await (const page of timed(3)) {
    seen.push(page);
    pass(1000);
  }
  expect(seen).toEqual([0, 1, 2]);
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.03) });
});

test("an asynchronous generator that fails is recorded with its error", async () => {
  const { application, point } = timing();
  const error = new RangeError("x");
  const generator = application.timer("rows")(pages)(1, error);
  await generator.next();
  await expect(generator.next()).rejects.toBe(error);
  expect(await generator.next()).toEqual({ value: undefined, done: true });
  expect(await point(DURATION, { ...ROWS, "error.type": "RangeError" })).toMatchObject({ count: 1 });
});

test("concurrent steps of an asynchronous generator count their time once", async () => {
  const { application, point } = timing();
  const generator = application.timer("rows")(pages)(2);
  const steps = [generator.next(), generator.next(), generator.next()];
  expect((await Promise.all(steps)).map(({ done }) => done)).toEqual([false, false, true]);
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.02) });
});

test("an asynchronous generator that is left early has ended", async () => {
  const { application, point } = timing();
  for await (const page of application.timer("rows")(pages)(3)) if (page === 1) break;
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.02) });
});

test("a block that returns a generator is timed like one", async () => {
  const { application, point } = timing();
  const generator = application.track("rows", undefined, (block) => {
    block.metadata["lazy"] = true;
    return rows(2);
  });
  expect([...generator]).toEqual([0, 1]);
  expect(await point(DURATION, ROWS)).toMatchObject({ count: 1, sum: expect.closeTo(0.02) });
  expect(application.getCollectedMetrics()).toMatchObject([{ context: { lazy: true } }]);
});
