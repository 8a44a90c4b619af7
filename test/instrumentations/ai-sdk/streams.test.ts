import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { watchReads } from "../../../instrumentations/ai-sdk/streams.ts";

/** A stream of the parts 1 to 3, or one that fails after them, and what its watch saw. */
function watched(failure?: Error): { stream: ReadableStream<number>; seen: unknown[]; left: unknown[] } {
  const seen: unknown[] = [];
  const left: unknown[] = [];
  let next = 1;
  const stream = new ReadableStream<number>({
    pull(controller) {
      if (next <= 3) controller.enqueue(next++);
      else if (failure === undefined) controller.close();
      else controller.error(failure);
    },
    cancel: (reason) => void left.push(reason),
  });
  watchReads(stream, {
    part: (part) => seen.push(part),
    ended: () => seen.push("ended"),
    failed: (error) => seen.push(error),
  });
  return { stream, seen, left };
}

async function all(stream: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const parts: unknown[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const WAYS: Readonly<Record<string, (stream: ReadableStream<number>) => Promise<readonly unknown[]>>> = {
  "an iterator": (stream) => all(stream),
  values: (stream) => all(stream.values()),
  "one of two branches": (stream) => all(stream.tee()[1]),
  "a pipe through": (stream) => all(stream.pipeThrough(new TransformStream())),
  "a pipe with options": (stream) => all(stream.pipeThrough(new TransformStream(), { preventCancel: true })),
  async "a pipe"(stream) {
    const parts: unknown[] = [];
    await stream.pipeTo(new WritableStream({ write: (part) => void parts.push(part) }));
    return parts;
  },
  async "a reader"(stream) {
    const parts: unknown[] = [];
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    return parts;
  },
};

test.each(Object.entries(WAYS))(
  "%s gets each part and the failure, and so does the watch",
  async (_, read) => {
    const whole = watched();
    expect(await read(whole.stream)).toEqual([1, 2, 3]);
    expect(whole.seen).toEqual([1, 2, 3, "ended"]);
    const failure = new Error("x");
    const failing = watched(failure);
    await expect(read(failing.stream)).rejects.toBe(failure);
    expect(failing.seen).toEqual([1, 2, 3, failure]);
  },
);

test("a stream that is left is cancelled with the reason, in each way", async () => {
  const through = watched();
  await through.stream.pipeThrough(new TransformStream()).cancel("a");
  const direct = watched();
  await direct.stream.cancel("b");
  const reader = watched();
  await reader.stream.getReader().cancel("c");
  const broken = watched();
  const target = new WritableStream({
    write() {
      throw new Error("d");
    },
  });
  await expect(broken.stream.pipeTo(target)).rejects.toThrow("d");
  await setImmediate();
  expect([through.left, direct.left, reader.left]).toEqual([["a"], ["b"], ["c"]]);
  expect(broken.left).toEqual([new Error("d")]);
  for (const { seen } of [through, direct, reader, broken]) expect(seen.at(-1)).toBe("ended");
});

test("a pipe waits for its target", async () => {
  const { stream, seen } = watched();
  let take = (): void => {};
  const taken = new Promise<void>((resolve) => (take = resolve));
  const piped = stream.pipeTo(new WritableStream({ write: () => taken }));
  await setImmediate();
  expect(seen).toEqual([1]);
  take();
  await piped;
  expect(seen).toEqual([1, 2, 3, "ended"]);
});

test("two watches of one stream both see it", async () => {
  const { stream, seen } = watched();
  const others: unknown[] = [];
  watchReads(stream, {
    part: (part) => others.push(part),
    ended: () => others.push("ended"),
    failed: () => {},
  });
  expect(await all(stream.pipeThrough(new TransformStream()))).toEqual([1, 2, 3]);
  expect([seen, others]).toEqual([
    [1, 2, 3, "ended"],
    [1, 2, 3, "ended"],
  ]);
});
