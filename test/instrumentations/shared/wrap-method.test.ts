import { expect, test } from "vitest";
import { type Method, wrapMethod } from "../../../src/recording/replace-method.ts";

/** Passes everything on, and notes each call. */
function telling(calls: unknown[]): (original: Method) => Method {
  return (original) =>
    function (...args) {
      calls.push(args);
      return Reflect.apply(original, this, args);
    };
}

class Channel {
  readonly #name = "main";

  send(text: string, _priority?: number): string {
    return `${text} by ${this.#name}`;
  }

  fail(): never {
    throw new RangeError("told to");
  }

  reject(): Promise<string> {
    return rejection;
  }
}

const rejection = Promise.reject(new RangeError("told to"));
rejection.catch(() => {});

const methods = ["send", "fail", "reject"] as const;

test("this, arguments, results, promises and errors are those of the original", () => {
  const calls: unknown[] = [];
  const removals = methods.map((name) => wrapMethod(Channel.prototype, name, telling(calls)));
  const channel = new Channel();
  expect(channel.send("one", 2)).toBe("one by main");
  expect(() => channel.fail()).toThrow(new RangeError("told to"));
  expect(channel.reject()).toBe(rejection);
  expect(calls).toEqual([["one", 2], [], []]);
  for (const remove of removals) remove();
  expect(channel.send("two")).toBe("two by main");
  expect(calls).toHaveLength(3);
});

test("the replacement looks like the original, except for its text", () => {
  const kind = Symbol("kind");
  const send = Object.assign(
    function send(text: string, _priority: number): string {
      return text;
    },
    {
      [kind]: "fast",
      retries: 3,
    },
  );
  const before = { send, other: 1 };
  const after = { send, other: 1 };
  wrapMethod(after, "send", telling([]));
  expect(after.send).not.toBe(send);
  expect([after.send.name, after.send.length, after.send.retries, after.send[kind]]).toEqual([
    send.name,
    2,
    3,
    "fast",
  ]);
  expect(Object.getOwnPropertyDescriptors(after.send)).toEqual(Object.getOwnPropertyDescriptors(send));
  expect(Object.keys(after)).toEqual(Object.keys(before));
  expect(Object.getOwnPropertyDescriptor(Channel.prototype, "send")?.enumerable).toBe(false);
});

test("a function with its own prototype is replaced too", () => {
  const send = Object.assign((text: string) => text, { prototype: {}, retries: 3 });
  const channel = { send };
  const calls: unknown[] = [];
  const remove = wrapMethod(channel, "send", telling(calls));
  expect(channel.send("one")).toBe("one");
  expect(calls).toEqual([["one"]]);
  expect(channel.send.retries).toBe(3);
  remove();
  expect(channel.send).toBe(send);
});

test("the removal restores the original function, and an inherited method is inherited again", () => {
  const original = Reflect.get(Channel.prototype, "send");
  const descriptor = Object.getOwnPropertyDescriptor(Channel.prototype, "send");
  const remove = wrapMethod(Channel.prototype, "send", telling([]));
  remove();
  remove();
  expect(Object.getOwnPropertyDescriptor(Channel.prototype, "send")).toEqual(descriptor);
  const channel = new Channel();
  const removeInherited = wrapMethod(channel, "send", telling([]));
  expect(Object.hasOwn(channel, "send")).toBe(true);
  removeInherited();
  expect(Object.hasOwn(channel, "send")).toBe(false);
  expect(Reflect.get(channel, "send")).toBe(original);
});

test("a replacement that outlives its removal only passes calls on", () => {
  const calls: unknown[] = [];
  const target = { send: (text: string): string => text };
  const remove = wrapMethod(target, "send", telling(calls));
  const { send: taken } = target;
  expect(taken("one")).toBe("one");
  remove();
  expect(taken("two")).toBe("two");
  expect(calls).toEqual([["one"]]);
});

test("a replacement that was copied elsewhere records again once the method is wrapped again", () => {
  const calls: unknown[] = [];
  const target = { send: (text: string): string => text };
  const remove = wrapMethod(target, "send", telling(calls));
  const { send: taken } = target;
  remove();
  wrapMethod(target, "send", telling(calls));
  expect(target.send).toBe(taken);
  expect([taken("one"), target.send("two")]).toEqual(["one", "two"]);
  expect(calls).toEqual([["one"], ["two"]]);
});

test("two replacements of one method are removed in any order", () => {
  const [first, second]: [unknown[], unknown[]] = [[], []];
  const target = { send: (text: string): string => text };
  const { send: original } = target;
  const removeFirst = wrapMethod(target, "send", telling(first));
  const removeSecond = wrapMethod(target, "send", telling(second));
  target.send("one");
  removeFirst();
  target.send("two");
  removeSecond();
  target.send("three");
  expect([first, second]).toEqual([[["one"]], [["one"], ["two"]]]);
  expect(target.send("four")).toBe("four");
  expect(original("five")).toBe("five");
});

test.each([
  ["no object", undefined, 'there is no object with a method "send"'],
  ["an object without the method", {}, 'there is no method "send"'],
  ["a field in its place", { send: "letters" }, 'there is no method "send"'],
  ["an object that is frozen", Object.freeze({ send: () => {} }), 'method "send" cannot be replaced'],
])("%s is not replaced, and the error contains the reason", (_what, target, message) => {
  expect(() => wrapMethod(target, "send", telling([]))).toThrow(new TypeError(message));
});
