import type { Attributes } from "@opentelemetry/api";
import {
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  type ViewOptions,
} from "tachymeter/metrics";
import { expect, test } from "vitest";
import { portableOptions, TestGroup, valuesOf } from "../members.ts";

async function groupOf(views: ViewOptions[], cardinalityLimit = 100) {
  const group = new TestGroup({ options: { views, cardinalityLimit } });
  const members = [
    group.join(portableOptions({ views, cardinalityLimit })),
    group.join(portableOptions({ views, cardinalityLimit })),
  ];
  return { group, all: [group, ...members] };
}

const orders = ({ provider }: { provider: TestGroup["provider"] }, attributes: Attributes): void =>
  provider.getMeter("shop").createCounter("orders").add(1, attributes);

test("allow and deny lists, and new names, apply to all members", async () => {
  const { group, all } = await groupOf([
    {
      instrumentName: "orders",
      name: "sold",
      attributesProcessors: [createAllowListAttributesProcessor(["kind"])],
    },
    {
      instrumentName: "orders",
      name: "sold.otherwise",
      attributesProcessors: [createDenyListAttributesProcessor(["kind"])],
    },
    { instrumentName: "dropped", aggregation: { type: AggregationType.DROP } },
  ]);
  for (const [i, each] of all.entries()) {
    orders(each, { kind: "card", place: i });
    each.provider.getMeter("shop").createCounter("dropped").add(1);
  }
  expect(await valuesOf(group, "sold")).toEqual([[{ kind: "card" }, 3]]);
  expect(
    new Map((await valuesOf(group, "sold.otherwise")).map(([key, value]) => [key["place"], value])),
  ).toEqual(
    new Map([
      [0, 1],
      [1, 1],
      [2, 1],
    ]),
  );
  for (const name of ["orders", "dropped"]) expect(await valuesOf(group, name)).toEqual([]);
});

test("a function of a view applies to the series of all members", async () => {
  const process = (incoming: Attributes): Attributes => ({ kind: String(incoming["kind"]).toLowerCase() });
  const { group, all } = await groupOf([{ instrumentName: "orders", attributesProcessors: [{ process }] }]);
  for (const each of all) for (const kind of ["CARD", "Card", "card"]) orders(each, { kind, user: kind });
  expect(await valuesOf(group, "orders")).toEqual([[{ kind: "card" }, 9]]);
});

test("a list behind a function applies to what the function returns, in all members", async () => {
  const process = ({ user }: Attributes): Attributes => ({ kind: String(user).length, user });
  const { group, all } = await groupOf([
    {
      instrumentName: "orders",
      attributesProcessors: [{ process }, createAllowListAttributesProcessor(["kind"])],
    },
  ]);
  for (const each of all) orders(each, { user: "eve" });
  expect(await valuesOf(group, "orders")).toEqual([[{ kind: 3 }, 3]]);
});

test("a function of a view applies to the gauges of all members", async () => {
  const process = (): Attributes => ({ kind: "any" });
  const { group, all } = await groupOf([{ instrumentName: "heat", attributesProcessors: [{ process }] }]);
  for (const [i, { provider }] of all.entries())
    provider.getMeter("shop").createGauge("heat").record(5, { user: i });
  expect(await valuesOf(group, "heat")).toEqual([[{ kind: "any" }, 5]]);
});

test("a function of a view does not change the series of a member's overflow", async () => {
  const process = (): Attributes => ({ same: true });
  const { group, all } = await groupOf(
    [{ instrumentName: "orders", attributesProcessors: [{ process }] }],
    3,
  );
  for (const each of all) for (let i = 0; i < 10; i++) orders(each, { i });
  expect(await valuesOf(group, "orders")).toEqual([
    [{ "otel.metric.overflow": true }, 14],
    [{ same: true }, 16],
  ]);
});

test("a function of a view that throws for a member's series leaves its attributes as they are", async () => {
  const process = (): Attributes => {
    throw new Error("as intended");
  };
  const { group, all } = await groupOf([{ instrumentName: "orders", attributesProcessors: [{ process }] }]);
  for (const each of all.slice(1)) orders(each, { kind: "card" });
  expect(await valuesOf(group, "orders")).toEqual([[{ kind: "card" }, 2]]);
});

test("a member's stream that cannot be merged keeps no list of its series", async () => {
  const views = [{ instrumentName: "sizes", aggregation: { type: AggregationType.SUM } }] as const;
  const group = new TestGroup({ options: { views: [...views] } });
  const member = group.join({});
  group.provider.getMeter("shop").createHistogram("sizes").record(1);
  const sizes = member.provider.getMeter("shop").createHistogram("sizes");
  for (let user = 0; user < 3; user++) {
    sizes.record(1, { user });
    await group.collect();
  }
  expect(await valuesOf(group, "sizes")).toEqual([[{}, 1]]);
  expect(member.merged.image.streams.map(({ changes }) => changes)).toEqual([[]]);
});
