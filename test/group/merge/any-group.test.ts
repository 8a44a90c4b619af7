import type { Attributes } from "@opentelemetry/api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AggregationType, type MetricData, type ViewOptions } from "tachymeter/metrics";
import { MeterProvider } from "../../../src/engine/meter-provider.ts";
import { OpenReader } from "../../engine/our-provider.ts";
import { TestGroup, type TestMember } from "../members.ts";
import { runs } from "../../kit/test-length.ts";

const KINDS = ["counter", "upDown", "explicit", "exponential"] as const;

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      who: fc.nat(5),
      kind: fc.constantFrom(...KINDS),
      series: fc.nat(6),
      // Multiples of a power of two, so that sums are exact in any order. The range needs a coarser scale at times.
      value: fc.oneof(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 30 }).map((n) => 2 ** n),
      ),
      times: fc.oneof(
        { weight: 20, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.constant(66_000) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("join" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("collect" as const) }) },
);

const views: ViewOptions[] = [
  {
    instrumentName: "exponential",
    aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 8 } },
  },
];

/** Records as the steps say: on a provider of the group, and on one that records everything itself. */
function record(
  provider: MeterProvider,
  kind: (typeof KINDS)[number],
  value: number,
  attributes: Attributes,
): void {
  const meter = provider.getMeter("any");
  if (kind === "counter") meter.createCounter(kind).add(value, attributes);
  else if (kind === "upDown")
    meter.createUpDownCounter(kind).add(value % 2 === 0 ? value : -value, attributes);
  else meter.createHistogram(kind).record(value, attributes);
}

async function metricsOf(reader: OpenReader): Promise<object> {
  const { resourceMetrics } = await reader.collect();
  const metrics: MetricData[] = resourceMetrics.scopeMetrics.flatMap((each) => each.metrics);
  const shown = metrics.map((metric) => [
    metric.descriptor.name,
    Object.fromEntries(
      metric.dataPoints
        .map((point): [string, unknown] => [JSON.stringify(point.attributes), point.value])
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  ]);
  return Object.fromEntries(shown);
}

test("a group has the figures of one process that has recorded everything", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, isOrdered) => {
      const group = new TestGroup({ options: { views } });
      const reader = new OpenReader();
      const all = new MeterProvider({ views, readers: [reader] });
      const members: TestMember[] = [];
      // Values that each member has added to up-down counters: they leave with it.
      const upDown = new Map<TestMember, [number, Attributes][]>();
      for (const each of steps) {
        if (each.do === "join" && members.length < 5) members.push(group.join(isOrdered));
        else if (each.do === "leave") {
          const [left] = members.splice(each.who, 1);
          if (left === undefined) continue;
          group.leave(left);
          for (const [value, attributes] of upDown.get(left) ?? [])
            all.getMeter("any").createUpDownCounter("upDown").add(-value, attributes);
        } else if (each.do === "collect") await group.collect();
        else if (each.do === "record") {
          const member = members[each.who];
          const attributes = { series: each.series };
          for (let i = 0; i < each.times; i++) {
            record(member?.provider ?? group.provider, each.kind, each.value, attributes);
            record(all, each.kind, each.value, attributes);
          }
          if (each.kind === "upDown" && member !== undefined) {
            const value = each.times * (each.value % 2 === 0 ? each.value : -each.value);
            upDown.set(member, [...(upDown.get(member) ?? []), [value, attributes]]);
          }
        }
      }
      const found = await metricsOf(group.reader);
      const expected = await metricsOf(reader);
      expect(withoutZeros(found)).toEqual(withoutZeros(expected));
    }),
    { numRuns: runs(60) },
  );
});

// An up-down counter of a member that has left is not exported; the other provider has 0 for it.
function withoutZeros(metrics: object): object {
  const upDown: object = Object(Reflect.get(metrics, "upDown"));
  const left = Object.entries(upDown).filter(([, value]) => value !== 0);
  return { ...metrics, upDown: Object.fromEntries(left) };
}
