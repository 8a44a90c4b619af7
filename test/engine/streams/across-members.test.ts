// The policies of gauges in a group.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createNoopMeter, ValueType } from "@opentelemetry/api";
import { MeterProvider, type ViewOptions } from "tachymeter/metrics";
import { expect, test } from "vitest";
import { type AcrossMembers, OWN_POLICIES, policyOf } from "../../../src/engine/streams/across-members.ts";
import { streamConfigurations } from "../../../src/engine/streams/stream-configuration.ts";
import { viewFrom } from "../../../src/engine/streams/view.ts";
import { InstrumentType } from "../../../src/engine/sdk-values.ts";
import { observeRuntime } from "../../../src/host/runtime-metrics.ts";
import { sourceFiles } from "../../kit/source-imports.ts";

// Gauges named by the application.
const NAMED_BY_USERS = [
  "src/collector/index.ts",
  "src/collector/provider.ts",
  "src/collector/recorded-twice.ts",
  "src/collector/reference-metrics.ts",
  "src/collector/registered-metrics.ts",
  "src/engine/meter.ts",
  "src/facades/custom/measurements.ts",
  "src/history/bridge/gauges.ts",
];

// Functions that pass a name on.
const PASSING_ON = [
  "src/facades/network/pools.ts",
  "src/host/instruments.ts",
  "src/recording/facade-meter.ts",
];

// Gauges named by a library.
const NAMED_BY_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  "instrumentations/temporal-worker/updates.ts": [
    "temporal_num_pollers",
    "temporal_sticky_cache_size",
    "temporal_worker_task_slots_available",
    "temporal_worker_task_slots_used",
  ],
};

const CREATION =
  /\b(?:gauge|leadershipGauge|observableGauge|createGauge|createObservableGauge)(?:<[^(]*)?\(\s*([^,)\s]+)/g;

test("each gauge that the source creates has a policy", () => {
  const gauges = [...gaugesOfSource(), ...gaugesOfRuntime()];
  expect(gauges).toContain("coordination.is_leader");
  expect(gauges).toContain("kernel.pool.workers");
  expect(gauges).toContain("nodejs.eventloop.delay.p99");
  expect(gauges).toContain("message.queue.size");
  expect(gauges.length).toBeGreaterThan(40);
  const fallbacks = ["each", "mean"] as const;
  const lacking = gauges.filter((name) =>
    fallbacks.some((fallback) => policyOf(name, undefined, fallback) === fallback),
  );
  expect(lacking).toEqual([]);
});

test("each policy belongs to a gauge that the source creates", () => {
  const gauges = [...gaugesOfSource(), ...gaugesOfRuntime()];
  const unused = [...OWN_POLICIES.keys()].filter(
    (known) => !gauges.some((name) => name === known || (known.endsWith(".") && name.startsWith(known))),
  );
  expect(unused.filter((known) => known !== "telemetry.group.")).toEqual([]);
});

test("a view's policy overrides ours, and ours the default", () => {
  expect(policyOf("nodejs.eventloop.delay.max", "each", "last")).toBe("each");
  expect(policyOf("nodejs.eventloop.delay.max", undefined, "sum")).toBe("max");
  expect(policyOf("system.linux.cpu.load_1m", undefined, "sum")).toBe("last");
  expect(policyOf("temperature", undefined, "mean")).toBe("mean");
  expect(policyOf("temperature", "min", "mean")).toBe("min");
  expect(policyOf("systematic", undefined, "mean")).toBe("mean");
});

test("the last matching view with a policy sets that of the stream", () => {
  const views: ViewOptions[] = [
    { instrumentName: "*", acrossMembers: "sum" },
    { instrumentName: "t*", acrossMembers: "max" },
    { instrumentName: "temperature", description: "Of the room." },
  ];
  expect(policiesOf("temperature", views, "composable")).toEqual(["max"]);
  expect(policiesOf("temperature", views, "independent")).toEqual(["sum", "max", undefined]);
  expect(policiesOf("temperature", [], "independent")).toEqual([undefined]);
});

test("an unknown policy of a view is refused with those that exist", () => {
  // As JavaScript may pass it.
  const view: ViewOptions = JSON.parse('{ "instrumentName": "temperature", "acrossMembers": "median" }');
  expect(() => new MeterProvider({ views: [view] })).toThrow(
    `view "temperature".acrossMembers must be one of 'last', 'sum', 'min', 'max', 'mean', 'each', got "median"`,
  );
});

test("the page about groups has the policies of our own gauges", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/group.md"), "utf8");
  const [, table = ""] = page.split("have policies of their own:");
  const rows = [...table.matchAll(/^\| `(max|min|sum|last)` +\| (.*) \|$/gm)];
  const shown = rows.flatMap(([, policy, text = ""]) =>
    [...text.matchAll(/`([\w.]+)\*?`/g)].map(([, name = ""]) => ({ name, policy })),
  );
  expect(shown.length).toBeGreaterThan(10);
  for (const { name, policy } of shown)
    expect([name, policyOf(name, undefined, "each")]).toEqual([name, policy]);
});

function policiesOf(
  name: string,
  views: readonly ViewOptions[],
  mode: "composable" | "independent",
): readonly (AcrossMembers | undefined)[] {
  const type = InstrumentType.GAUGE;
  const descriptor = { name, type, description: "", unit: "", valueType: ValueType.DOUBLE, advice: {} };
  return streamConfigurations(descriptor, {}, { name: "shop", version: "" }, views.map(viewFrom), mode).map(
    ({ acrossMembers }) => acrossMembers,
  );
}

// The names in the source's calls: literal ones, constants, the table of instrumentations, and beginnings of templates.
function gaugesOfSource(): readonly string[] {
  return sourceFiles("src", "instrumentations").flatMap((file) => {
    if (NAMED_BY_USERS.includes(file)) return [];
    const source = readFileSync(resolve(import.meta.dirname, "../../..", file), "utf8");
    return [...source.matchAll(CREATION)].flatMap(([, argument = ""]) => namesOf(argument, source, file));
  });
}

function namesOf(argument: string, source: string, file: string): readonly string[] {
  const literal = /^["`]([\w.]+)/.exec(argument)?.[1];
  // Those of the event loop are read from the running code.
  if (literal !== undefined) return literal === "nodejs.eventloop.delay." ? [] : [literal];
  const constant = new RegExp(`const ${argument.replaceAll(/\\W/g, ".")} = "([\\w.]+)"`).exec(source)?.[1];
  if (constant !== undefined) return [constant];
  if (file === "instrumentations/shared/instruments.ts") {
    const table = /const OBSERVABLE_GAUGES = \{(.*?)\n\}/s.exec(source)?.[1] ?? "";
    return [...table.matchAll(/^ {2}"([\w.]+)":/gm)].map(([, name = ""]) => name);
  }
  const ofLibrary = NAMED_BY_LIBRARIES[file];
  if (ofLibrary !== undefined) return ofLibrary;
  // Typed by the names of that table.
  if (PASSING_ON.includes(file) || /^(?:meter|recording\.meter)$/.test(argument)) return [];
  throw new Error(
    `${file}: the name of the gauge, ${argument}, is unknown; add the file to a list of this test`,
  );
}

function gaugesOfRuntime(): readonly string[] {
  const names: string[] = [];
  const noop = createNoopMeter();
  const createObservableGauge = (name: string) => {
    names.push(name);
    return noop.createObservableGauge(name);
  };
  const meter = new Proxy(noop, {
    get: (target, key) =>
      key === "createObservableGauge" ? createObservableGauge : Reflect.get(target, key),
  });
  observeRuntime({ getMeter: () => meter })();
  return names;
}
