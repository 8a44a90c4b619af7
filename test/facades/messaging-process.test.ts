import { once } from "node:events";
import { Messaging } from "tachymeter/facades";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Collecting, collectingProvider } from "../kit/collecting.ts";
import { callWith } from "./call-with.ts";
import { heardEvents } from "./heard-events.ts";

const JOBS = { "messaging.destination.name": "jobs" };

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Runs handlers in one of the two possible ways. */
interface Processing extends Collecting {
  readonly process: <T>(handler: () => T) => T;
}

function byFacade(): Processing {
  const collecting = collectingProvider();
  const messaging = new Messaging({ meterProvider: collecting.provider });
  return { ...collecting, process: (handler) => messaging.process("jobs", handler) };
}

function byDestination(): Processing {
  const collecting = collectingProvider();
  const destination = new Messaging({ meterProvider: collecting.provider }).destination("jobs");
  return { ...collecting, process: (handler) => destination.process(handler) };
}

const after = async <T>(millis: number, end: () => T): Promise<T> => {
  const passed = new Promise<void>((resolve) => setTimeout(resolve, millis));
  vi.advanceTimersByTime(millis);
  await passed;
  return end();
};

const fail = (error: unknown): never => {
  throw error;
};

// A thenable that starts its work at each `then`, as query builders do.
class Query {
  runs = 0;
  readonly #answer: () => unknown;
  constructor(answer: () => unknown) {
    this.#answer = answer;
  }
  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tested
  then(
    onFulfilled?: (value: unknown) => unknown,
    onRejected?: (error: unknown) => unknown,
  ): Promise<unknown> {
    this.runs++;
    return after(250, this.#answer).then(onFulfilled, onRejected);
  }
}

test.each([
  ["the facade", byFacade],
  ["a bound destination", byDestination],
])("%s times a handler and returns its result", async (_by, make) => {
  const { process, points } = make();
  const given = { some: "answer" };
  const result = process(() => {
    vi.advanceTimersByTime(500);
    return given;
  });
  expect(result).toBe(given);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: JOBS, value: { count: 1, sum: 0.5 } },
  ]);
});

test.each([
  ["the facade", byFacade],
  ["a bound destination", byDestination],
])("%s times an asynchronous handler until it settles", async (_by, make) => {
  const { process, points, point } = make();
  const given = { some: "answer" };
  const pending = process(() => new Promise((resolve) => setTimeout(() => resolve(given), 500)));
  vi.advanceTimersByTime(499);
  expect(await point("message.processing.duration", JOBS)).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(await pending).toBe(given);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: JOBS, value: { count: 1, sum: 0.5 } },
  ]);
});

test.each([new RangeError("no"), "no", undefined, null, Symbol("no"), { no: true }])(
  "an error or rejection of a handler is passed through unchanged (%s)",
  async (thrown) => {
    for (const make of [byFacade, byDestination]) {
      const { process, points } = make();
      let caught: unknown = "nothing";
      try {
        process(() => fail(thrown));
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
      const rejected = await process(() => after(10, () => fail(thrown))).then(
        () => "nothing",
        (error: unknown) => error,
      );
      expect(rejected).toBe(thrown);
      const type = thrown instanceof RangeError ? "RangeError" : "_OTHER";
      expect(await points("message.processing.duration")).toMatchObject([
        { attributes: { ...JOBS, "error.type": type }, value: { count: 2, sum: 0.01 } },
      ]);
    }
  },
);

test("an unhandled rejection is still reported as unhandled, with the same reason", async () => {
  const { process: run } = byFacade();
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  try {
    const unhandled = once(process, "unhandledRejection");
    const reason = new Error("nobody cares");
    void run(async () => fail(reason));
    expect((await unhandled)[0]).toBe(reason);
  } finally {
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
});

test("a promise is returned as one of its own class, with the properties that a library added", async () => {
  class Cancellable<T> extends Promise<T> {
    cancel(): string {
      return "cancelled";
    }
  }
  const { process } = byFacade();
  const own = process(() => Cancellable.resolve(1));
  expect(own).toBeInstanceOf(Cancellable);
  const extended = process(() => Object.assign(Promise.resolve(2), { pid: 4711 }));
  expect(extended.pid).toBe(4711);
  expect(await extended).toBe(2);
});

test("a thenable is returned itself, started only by the caller and timed until it settles", async () => {
  const { process, points } = byFacade();
  const query = new Query(() => "rows");
  const result = process(() => query);
  expect(result).toBe(query);
  expect(query.runs).toBe(0);
  expect(await points("message.processing.duration")).toEqual([]);
  expect(await result).toBe("rows");
  expect(query.runs).toBe(1);
  expect(await result.then()).toBe("rows");
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: JOBS, value: { count: 1, sum: 0.25 } },
  ]);
});

test("a thenable that is returned again and again is watched once", async () => {
  const { process, points } = byFacade();
  const query = new Query(() => "rows");
  for (let i = 0; i < 20_000; i++) process(() => query);
  expect(await query.then()).toBe("rows");
  expect(query.runs).toBe(1);
  process(() => query);
  expect(await query.then()).toBe("rows");
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: JOBS, value: { count: 20_001, sum: 5_000.25 } },
  ]);
});

test("a rejected promise of a class with fixed properties is left to the caller", async () => {
  const { process, points } = byFacade();
  class Task<T> extends Promise<T> {
    constructor(work: ConstructorParameters<typeof Promise<T>>[0]) {
      super(work);
      void Object.defineProperty(this, "id", { value: {} });
    }
  }
  const reason = new RangeError("no");
  const task = process(() => new Task<string>((_, reject) => setTimeout(reject, 250, reason)));
  expect(task).toBeInstanceOf(Task);
  vi.advanceTimersByTime(250);
  await expect(task).rejects.toBe(reason);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: { ...JOBS, "error.type": "RangeError" }, value: { count: 1, sum: 0.25 } },
  ]);
});

test("a thenable that fails does so for the caller, and its error type is recorded", async () => {
  const { process, points } = byFacade();
  const reason = new RangeError("no");
  const failing = process(() => new Query(() => fail(reason)));
  await expect(failing.then()).rejects.toBe(reason);
  expect(await failing.then(undefined, (error) => error === reason)).toBe(true);
  expect(await points("message.processing.duration")).toMatchObject([
    { attributes: { ...JOBS, "error.type": "RangeError" }, value: { count: 1, sum: 0.25 } },
  ]);
});

test("a thenable that cannot be watched is returned unchanged, timed until then", async () => {
  const { process, points } = byFacade();
  const frozen = Object.freeze(new Query(() => "rows"));
  expect(process(() => frozen)).toBe(frozen);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(process(() => proxy) === proxy).toBe(true);
  expect(await points("message.processing.duration")).toMatchObject([{ value: { count: 2, sum: 0 } }]);
});

test("a handler that is not a function is an error that names it, and nothing is processed", async () => {
  const { provider, points } = collectingProvider();
  const messaging = new Messaging({ meterProvider: provider });
  expect(() => callWith(messaging, "process", "jobs", 5)).toThrow(TypeError);
  expect(() => callWith(messaging, "process", "jobs", 5)).toThrow(/must be a function, got 5; /);
  expect(await points("message.processing.duration")).toEqual([]);
});

test("a processed message raises its event once it is settled", async () => {
  const events = heardEvents();
  const messaging = new Messaging({ meterProvider: collectingProvider().provider, events });
  const pending = messaging.process("jobs", () => after(500, () => "done"));
  expect(events.heard).toEqual([]);
  await pending;
  expect(events.heard).toEqual([["messaging.processed", { destination: "jobs", seconds: 0.5 }]]);
});
