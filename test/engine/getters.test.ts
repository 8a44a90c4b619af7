// Attributes whose getters collect or record: rows that they free must not be written to.
import { type Attributes, diag } from "@opentelemetry/api";
import { beforeEach, expect, test } from "vitest";
import { deltaReader, ourProvider } from "./our-provider.ts";

beforeEach(() => diag.disable());

/** Attributes `{ a: 1, b: 2 }`; the first read of `b` calls a function before it returns. */
function readingDoes(something: () => void): Attributes {
  let isDone = false;
  return {
    a: 1,
    get b(): number {
      if (!isDone) {
        isDone = true;
        something();
      }
      return 2;
    },
  };
}

test("a getter may collect, which removes the series that is being looked up", async () => {
  const { meter, reader, points } = ourProvider({}, deltaReader());
  const counter = meter.createCounter("c");
  // Twice, so that the second look-up uses the trie.
  for (let i = 0; i < 2; i++) counter.add(1, { a: 1, b: 2 });
  await reader.collect();
  counter.add(
    5,
    readingDoes(() => void reader.producer.collectSync()),
  );
  counter.add(7, { other: true });
  expect(await points("c")).toEqual(
    expect.arrayContaining([
      [{ a: 1, b: 2 }, 5],
      [{ other: true }, 7],
    ]),
  );
});

test("a getter may record a series that replaces the one being looked up", async () => {
  const { meter, reader, points } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  const counter = meter.createCounter("c");
  // Twice, so that the second look-up uses the trie.
  for (let i = 0; i < 2; i++) counter.add(1, { a: 1, b: 2 });
  await reader.collect();
  counter.add(
    5,
    readingDoes(() => counter.add(7, { other: true })),
  );
  expect(await points("c")).toEqual([
    [{ "otel.metric.overflow": true }, 5],
    [{ other: true }, 7],
  ]);
});

test("a getter may cause pairs read before it to be forgotten", async () => {
  const { meter, reader, points } = ourProvider({}, deltaReader());
  const [idle, busy, counter] = ["idle", "busy", "c"].map((name) => meter.createCounter(name));
  idle!.add(1, { a: 1 });
  await reader.collect();
  busy!.add(1, { b: 2 });
  counter!.add(
    5,
    readingDoes(() => void reader.producer.collectSync()),
  );
  for (let i = 0; i < 3; i++) busy!.add(1, { i });
  expect(await points("c")).toEqual([[{ a: 1, b: 2 }, 5]]);
});

test("an existing series is kept if a getter causes pairs to be forgotten, also in a full table", async () => {
  const { meter, reader, points } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  const [idle, counter] = ["idle", "c"].map((name) => meter.createCounter(name));
  counter!.bind({ b: 2, a: 1 });
  idle!.add(1, { i: 1 });
  await reader.collect();
  counter!.add(
    5,
    readingDoes(() => void reader.producer.collectSync()),
  );
  expect(await points("c")).toEqual([[{ a: 1, b: 2 }, 5]]);
});
