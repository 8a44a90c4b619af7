// Compares the engine's series look-up with a plain comparison, with far more values, keys, orders and lengths than
// the trie holds.
import { type AttributeValue, diag } from "@opentelemetry/api";
import fc from "fast-check";
import {
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  MeterProvider,
  type ViewOptions,
} from "tachymeter/metrics";
import { beforeEach, expect, test, vi } from "vitest";
import { callWith } from "../facades/call-with.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { deltaReader, pointsOf, PulledReader } from "./pulled.ts";

beforeEach(() => diag.disable());
if (isLong) vi.setConfig({ testTimeout: 600_000 });

const everySet = { instrumentName: "*", aggregationCardinalityLimit: 1_000_000 };
const manyRecordings = isLong ? 200_000 : 20_000;

const universes: readonly [string, (draw: Draw) => AttributeValue | null | undefined][] = [
  ["few texts", (draw) => `v${draw(5)}`],
  ["many texts", (draw) => `value-${draw(3_000)}`],
  ["texts that are made anew", (draw) => Buffer.from(`value-${draw(50)}`).toString()],
  ["texts of one beginning", (draw) => `${"x".repeat(300)}${draw(50)}`],
  ["whole numbers", (draw) => draw(3_000)],
  ["numbers of all sizes", (draw) => (draw(200) - 100) * 10 ** draw(18)],
  ["fractions", (draw) => draw(500) / 7],
  ["numbers and their texts", (draw) => (draw(2) === 0 ? draw(40) : String(draw(40)))],
  ["odd values", (draw) => oddValues[draw(oddValues.length)]],
  [
    "lists",
    (draw) => Array.from({ length: draw(4) }, () => (draw(2) === 0 ? String(draw(3)) : `${draw(3)},`)),
  ],
  ["everything", (draw) => universes[draw(universes.length - 1)]![1](draw)],
];

const oddTexts = [
  "",
  "\u0000none",
  "0",
  "1",
  "true",
  "null",
  "undefined",
  "NaN",
  "__proto__",
  "constructor",
  "ünï ✓",
];
const oddNumbers = [
  0,
  -0,
  1,
  -1,
  NaN,
  Infinity,
  -Infinity,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  5e-324,
  0.1,
];
const oddValues = [...oddTexts, ...oddNumbers, true, false, null, undefined];

const keys = [
  "a",
  "b",
  "c",
  "__proto__",
  "constructor",
  "\u0000none",
  "",
  "0",
  "-1",
  ...many(40, (i) => `key-${i}`),
];

test.each(universes)("%s are distinguished as by a plain comparison", async (_, valueOf) => {
  const reader = new PulledReader();
  const counter = new MeterProvider({ readers: [reader], views: [everySet] })
    .getMeter("test")
    .createCounter("c");
  const expected = new Map<string, number>();
  const draw = drawFrom(seed);
  for (let i = 0; i < manyRecordings; i++) {
    const attributes = attributesFrom(draw, valueOf);
    callWith(counter, "add", 1, attributes);
    count(expected, identityOf(attributes));
  }
  expect(await seriesFrom(reader)).toEqual(expected);
});

test.each(universes)(
  "%s are distinguished in delta cycles, between which series come and go",
  async (_, valueOf) => {
    const reader = deltaReader();
    const counter = new MeterProvider({ readers: [reader], views: [everySet] })
      .getMeter("test")
      .createCounter("c");
    const draw = drawFrom(seed);
    for (let cycle = 0; cycle < 20; cycle++) {
      const expected = new Map<string, number>();
      for (let i = 0; i < (manyRecordings * draw(3)) / 60; i++) {
        const attributes = attributesFrom(draw, valueOf);
        callWith(counter, "add", 1, attributes);
        count(expected, identityOf(attributes));
      }
      expect(await seriesFrom(reader)).toEqual(expected);
    }
  },
);

test.each(universes)("%s are distinguished by the keys that a view keeps", async (_, valueOf) => {
  const kept = (key: string): boolean => key.endsWith("1") || key === "a" || key === "__proto__";
  const lists: ViewOptions["attributesProcessors"][] = [
    [createAllowListAttributesProcessor(keys.filter(kept))],
    [createDenyListAttributesProcessor(keys.filter((key) => !kept(key)))],
  ];
  for (const attributesProcessors of lists) {
    const reader = new PulledReader();
    const views = [{ ...everySet, attributesProcessors: attributesProcessors ?? [] }];
    const counter = new MeterProvider({ readers: [reader], views }).getMeter("test").createCounter("c");
    const expected = new Map<string, number>();
    const draw = drawFrom(seed);
    for (let i = 0; i < manyRecordings; i++) {
      const attributes = attributesFrom(draw, valueOf);
      callWith(counter, "add", 1, attributes);
      count(
        expected,
        identityOf(Object.fromEntries(Object.entries(attributes).filter(([key]) => kept(key)))),
      );
    }
    expect(await seriesFrom(reader)).toEqual(expected);
  }
});

test("attributes of any values in any order are distinguished as by a plain comparison", async () => {
  const value = fc.oneof(
    fc.constantFrom(...oddValues),
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.array(fc.option(fc.string(), { nil: null }), { maxLength: 3 }),
    fc.array(fc.double(), { maxLength: 3 }),
    fc.array(fc.boolean(), { maxLength: 3 }),
  );
  const sets = fc.array(
    fc.dictionary(fc.oneof(fc.constantFrom(...keys.slice(0, 9)), fc.string()), value, { maxKeys: 5 }),
  );
  await fc.assert(
    fc.asyncProperty(sets, async (given) => {
      const reader = new PulledReader();
      const counter = new MeterProvider({ readers: [reader] }).getMeter("test").createCounter("c");
      const expected = new Map<string, number>();
      for (const entries of [...given, ...given].map((set) => Object.entries(set))) {
        for (const attributes of [entries, entries.toReversed()].map((each) => Object.fromEntries(each))) {
          callWith(counter, "add", 1, attributes);
          count(expected, identityOf(attributes));
        }
      }
      expect(await seriesFrom(reader)).toEqual(expected);
    }),
    { numRuns: isLong ? 20_000 : 200, seed },
  );
});

// Returns a whole number from 0 to one below its argument.
type Draw = (below: number) => number;

function drawFrom(start: number): Draw {
  let state = start | 1;
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * below);
  };
}

// Mostly of a few usual shapes, otherwise of any keys in any order.
function attributesFrom(draw: Draw, valueOf: (draw: Draw) => unknown): object {
  const usual = draw(10) > 0;
  const length = usual ? 1 + draw(3) : draw(9);
  const entries = many(length, (i) => {
    const key = usual ? keys[i]! : keys[draw(keys.length)]!;
    return [key, valueOf(draw)] as const;
  });
  return Object.fromEntries(draw(4) === 0 ? entries.toReversed() : entries);
}

function identityOf(attributes: object): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${contentOf(value)}`)
    .toSorted()
    .join();
}

// 0 and -0 are equal here, as everywhere in JavaScript except in `Object.is`.
function contentOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(contentOf).join()}]`;
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

async function seriesFrom(reader: PulledReader): Promise<ReadonlyMap<string, unknown>> {
  const points = pointsOf((await reader.collect()).resourceMetrics, "c");
  const series = new Map(points.map(([attributes, value]) => [identityOf(attributes), value]));
  expect(series.size).toBe(points.length);
  return series;
}

function many<Item>(length: number, make: (i: number) => Item): Item[] {
  return Array.from({ length }, (_, i) => make(i));
}
