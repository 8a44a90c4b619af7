import { KernelRuntimeError, Kernels, type KernelRuntime } from "tachymeter/facades";
import { expect, test } from "vitest";
import { callWith } from "./call-with.ts";

class EchoRuntime {
  readonly #queue: unknown[] = [];

  async launch(_id: string): Promise<void> {}
  activate(_id: string): void {}
  deactivate(_id: string): void {}
  async terminate(_id: string): Promise<void> {}

  send(_id: string, message: unknown, _priority = 0): this {
    if (message === "bad") throw new RangeError("bad message");
    this.#queue.push(message);
    return this;
  }

  async receive(_id: string): Promise<unknown> {
    if (this.#queue[0] === "poison") throw new TypeError(`poison ${String(this.#queue.shift())}`);
    return this.#queue.shift();
  }
}

test("calls of a runtime show up in the figures of its kernels", async () => {
  const kernels = new Kernels();
  const runtime = new EchoRuntime();
  const states: (string | undefined)[] = [];
  const note = (): number => states.push(kernels.getTelemetry("k")?.state);
  kernels.instrument(runtime);
  await runtime.launch("k");
  note();
  runtime.activate("k");
  note();
  runtime.send("k", 1).send("k", 2);
  expect(await runtime.receive("k")).toBe(1);
  expect(await runtime.receive("k")).toBe(2);
  expect(await runtime.receive("k")).toBeUndefined();
  runtime.deactivate("k");
  note();
  await runtime.terminate("k");
  note();
  expect(states).toEqual(["launched", "active", "inactive", "terminated"]);
  expect(kernels.getTelemetry("k")).toMatchObject({
    messagesReceived: 2,
    messagesSent: 2,
    messagesProcessed: 2,
    errors: 0,
  });
});

test("a failed call is an error of the kernel, throws as before, and settles no message", async () => {
  const kernels = new Kernels();
  const runtime = new EchoRuntime();
  kernels.instrument(runtime);
  runtime.send("k", "poison");
  runtime.send("k", "good");
  expect(() => runtime.send("k", "bad")).toThrow(new RangeError("bad message"));
  await expect(runtime.receive("k")).rejects.toEqual(new TypeError("poison poison"));
  expect(await runtime.receive("k")).toBe("good");
  expect(kernels.getTelemetry("k")).toMatchObject({
    messagesReceived: 2,
    messagesSent: 1,
    messagesProcessed: 1,
    errors: 2,
  });
});

test("a wrapped method keeps its name, length, this, arguments and result", () => {
  const seen: unknown[] = [];
  const runtime = {
    send(this: unknown, ...args: unknown[]): unknown {
      seen.push(this, args);
      return args;
    },
    launch: (_id: string, _options: object): void => {},
  };
  new Kernels().instrument(runtime);
  expect(runtime.launch.name).toBe("launch");
  expect(runtime.launch).toHaveLength(2);
  const result = runtime.send("k", 1, 2);
  expect(seen).toEqual([runtime, ["k", 1, 2]]);
  expect(seen[1]).toBe(result);
  expect(Object.keys(runtime)).toEqual(["send", "launch"]);
});

test("the removal restores the original functions, inherited ones included", () => {
  const kernels = new Kernels();
  const inherited = new EchoRuntime();
  kernels.instrument(inherited)();
  expect(Object.getOwnPropertyNames(inherited)).toEqual([]);

  const launch = (_id: string): void => {};
  const own = { launch };
  const before = Object.getOwnPropertyDescriptors(own);
  kernels.instrument(own)();
  expect(Object.getOwnPropertyDescriptors(own)).toEqual(before);
  expect(own.launch).toBe(launch);
});

test("a later wrapper around ours stays, and ours no longer records", () => {
  const kernels = new Kernels();
  const runtime = { send: (_id: string): string => "sent" };
  const remove = kernels.instrument(runtime);
  const ours = runtime.send;
  const theirs = (id: string): string => ours(id);
  runtime.send = theirs;
  remove();
  expect(runtime.send).toBe(theirs);
  expect(runtime.send("k")).toBe("sent");
  expect(kernels.getTelemetry("k")).toBeUndefined();
});

test("a runtime instrumented twice is counted once, and anew after the removal", () => {
  const kernels = new Kernels();
  const runtime = { send: (_id: string): void => {} };
  const remove = kernels.instrument(runtime);
  kernels.instrument(runtime);
  runtime.send("k");
  expect(kernels.getTelemetry("k")).toMatchObject({ messagesReceived: 1 });
  remove();
  remove();
  runtime.send("k");
  expect(kernels.getTelemetry("k")).toMatchObject({ messagesReceived: 1 });
  kernels.instrument(runtime);
  runtime.send("k");
  expect(kernels.getTelemetry("k")).toMatchObject({ messagesReceived: 2 });
});

test("an unhandled rejection is still reported as unhandled", async () => {
  const runtime = { receive: async (_id: string): Promise<void> => Promise.reject(new Error("lost")) };
  new Kernels().instrument(runtime);
  const reported = new Promise((resolve) => {
    const listeners = process.rawListeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.once("unhandledRejection", (reason) => {
      for (const listener of listeners)
        process.on("unhandledRejection", (...args) => Reflect.apply(listener, process, args));
      resolve(reason);
    });
  });
  void runtime.receive("k");
  expect(await reported).toEqual(new Error("lost"));
});

test.each([
  ["an object without such methods", { size: 3 }, "Object"],
  ["a frozen object", Object.freeze({ launch(): void {} }), "Object"],
  ["no object", 5, "5"],
  ["nothing", undefined, "undefined"],
])("%s is refused", (_what, runtime, name) => {
  expect(() => callWith(new Kernels(), "instrument", runtime)).toThrow(
    new KernelRuntimeError(
      `kernel runtime "${name}": one of launch, activate, deactivate, send, receive, terminate must be a method that can be replaced; pass an object with some of them`,
    ),
  );
});

test("a runtime may have methods of any signature", () => {
  const runtime = {
    send: (_id: string, _message: { readonly text: string }): boolean => true,
  } satisfies KernelRuntime;
  new Kernels().instrument(runtime);
  expect(runtime.send("k", { text: "x" })).toBe(true);
});
