import fc from "fast-check";
import { renderPrometheus } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
} from "../../resource-metrics.ts";
import { parseText } from "./parse-text.ts";

const text = fc.string({ unit: "binary" });
const labelName = fc.stringMatching(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Infinity, -Infinity, Number.NaN, -0));
const labels = fc.dictionary(labelName, text, { noNullPrototype: true });

test("label values and help of any characters are read back unchanged", () => {
  fc.assert(
    fc.property(labels, text, anyNumber, (attributes, description, value) => {
      const metric = gauge({ name: "g", description }, [attributes, value]);
      const parsed = parseText(renderPrometheus(resourceMetrics([scope("s", [metric])])));
      expect(parsed.samples).toEqual([
        { name: "g", labels: { ...attributes, otel_scope_name: "s" }, value: value + 0 },
      ]);
      expect(parsed.help.get("g")).toBe(description || "g");
    }),
  );
});

test("whatever attributes are recorded, the text is valid and no series is duplicated", () => {
  const attributes = fc.dictionary(text, fc.oneof(text, anyNumber, fc.boolean(), fc.array(text)));
  fc.assert(
    fc.property(
      fc.uniqueArray(attributes, { maxLength: 5, selector: identity }),
      text,
      (points, scopeName) => {
        const metrics = [
          counter({ name: "c" }, ...points.map((one): [typeof one, number] => [one, 1])),
          ...points.map((one) => histogram({ name: "h" }, [1], [1, 1], one)),
        ];
        const parsed = parseText(renderPrometheus(resourceMetrics([scope(scopeName, metrics)], points[0])));
        const keys = parsed.samples.map((sample) => JSON.stringify([sample.name, sample.labels]));
        expect(new Set(keys).size).toBe(keys.length);
        const total = parsed.samples.filter(({ name }) => name === "c_total");
        expect(total.reduce((sum, { value }) => sum + value, 0)).toBe(points.length);
      },
    ),
  );
});

test("the name of any instrument with any unit becomes a valid Prometheus name", () => {
  fc.assert(
    fc.property(text, text, (name, unit) => {
      const parsed = parseText(
        renderPrometheus(resourceMetrics([scope("s", [counter({ name, unit }, [{}, 1])])])),
      );
      expect(parsed.samples).toHaveLength(1);
    }),
  );
});

test("the buckets of an exponential histogram rise to its count, are few, and count the values up to each bound", () => {
  const counts = fc.array(fc.nat(5), { maxLength: 400 });
  const side = fc.record({ offset: fc.integer({ min: -2000, max: 2000 }), bucketCounts: counts });
  fc.assert(
    fc.property(
      side,
      side,
      fc.nat(5),
      fc.integer({ min: -10, max: 20 }),
      (positive, negative, zeroCount, scale) => {
        const total = [...positive.bucketCounts, ...negative.bucketCounts].reduce((a, b) => a + b, zeroCount);
        const value = { count: total, sum: 1, scale, zeroCount, positive, negative };
        const metrics = resourceMetrics([scope("s", [exponentialHistogram({ name: "e" }, value)])]);
        const buckets = parseText(renderPrometheus(metrics))
          .samples.filter(({ name }) => name === "e_bucket")
          .map((sample) => ({
            bound: Number(sample.labels["le"]!.replace("Inf", "Infinity")),
            count: sample.value,
          }));

        expect(buckets.at(-1)).toEqual({ bound: Infinity, count: total });
        expect(buckets.length).toBeLessThanOrEqual(164);
        for (const [i, { bound, count }] of buckets.entries()) {
          expect(bound).toBeGreaterThan(buckets[i - 1]?.bound ?? -Infinity);
          expect(count).toBeGreaterThanOrEqual(buckets[i - 1]?.count ?? 0);
          expect(count).toBe(countNotAbove(bound, value));
        }
      },
    ),
  );
});

// No two points of a metric have the same attributes, in any order.
function identity(attributes: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

interface Side {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

// Counts bucket by bucket, at the recorded scale.
function countNotAbove(
  bound: number,
  value: {
    readonly scale: number;
    readonly zeroCount: number;
    readonly positive: Side;
    readonly negative: Side;
  },
): number {
  const boundary = (index: number) => 2 ** (index * 2 ** -value.scale);
  const below = (side: Side, isBelow: (low: number, high: number) => boolean) =>
    side.bucketCounts.reduce(
      (sum, count, i) =>
        sum + (isBelow(boundary(side.offset + i), boundary(side.offset + i + 1)) ? count : 0),
      0,
    );
  return (
    below(value.negative, (low) => -low <= bound) +
    (bound >= 0 ? value.zeroCount : 0) +
    below(value.positive, (_, high) => high <= bound)
  );
}
