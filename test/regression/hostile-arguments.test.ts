import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { diag } from "@opentelemetry/api";
import { type ExemplarFilter } from "../../src/engine/exemplars/sampling.ts";
import { type Meter, MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectWarnings } from "../kit/collect-warnings.ts";

const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const fail = (): never => {
  throw new Error("hostile");
};
const throwing = new Proxy({}, { get: fail, getOwnPropertyDescriptor: fail, ownKeys: fail, has: fail });
const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;
const unprintable = { toString: fail, [Symbol.toPrimitive]: fail };
const hostile: readonly unknown[] = [
  5,
  1n,
  null,
  Symbol("s"),
  revoked,
  throwing,
  cyclic,
  unprintable,
  fail,
  [unprintable],
  [1n],
  { explicitBucketBoundaries: unprintable },
  { explicitBucketBoundaries: [unprintable] },
  { explicitBucketBoundaries: revoked },
  { attributes: revoked },
  { attributes: [unprintable] },
  { getValue: fail, setValue: fail, deleteValue: fail },
];

const kinds = [
  "createCounter",
  "createUpDownCounter",
  "createHistogram",
  "createGauge",
  "createObservableCounter",
  "createObservableUpDownCounter",
  "createObservableGauge",
] as const;

// Arguments that violate the types, which callers without types may pass.
function call(target: object, method: string, ...args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, args);
}

function recordOn(meter: Meter, given: unknown): void {
  for (const [kind, method] of [
    ["createCounter", "add"],
    ["createUpDownCounter", "add"],
    ["createHistogram", "record"],
    ["createGauge", "record"],
  ] as const) {
    const instrument = meter[kind](`recorded.${kind}`);
    call(instrument, method, given);
    call(instrument, method, 1, given);
    call(instrument, method, 1, { a: given });
    call(instrument, method, 1, {}, given);
    call(Object(call(instrument, "bind", given)), method, 1, given);
  }
}

test.each<ExemplarFilter>(["trace_based", "always_on", "always_off"])(
  "recording with exemplar filter %s never throws, for any arguments",
  (exemplarFilter) => {
    collectWarnings();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => context.disable());
    const meter = new MeterProvider({ exemplarFilter }).getMeter("shop");
    for (const given of hostile) expect(() => recordOn(meter, given)).not.toThrow();
  },
);

test("no option of an instrument or a meter makes its creation throw; what is invalid is dropped and logged", () => {
  const warnings = collectWarnings();
  const provider = new MeterProvider();
  const meter = provider.getMeter("shop");
  for (const [i, given] of hostile.entries()) {
    for (const kind of kinds) {
      expect(() => call(meter, kind, `a${i}`, given)).not.toThrow();
      expect(() => call(meter, kind, `b${i}`, { advice: given })).not.toThrow();
      expect(() =>
        call(meter, kind, `c${i}`, { unit: given, description: given, valueType: given }),
      ).not.toThrow();
      expect(() => call(meter, kind, given)).not.toThrow();
    }
    for (const args of [
      [given],
      ["x", given],
      ["x", "1", given],
      ["x", "1", { attributes: given, schemaUrl: given }],
    ]) {
      expect(() => call(Object(call(provider, "getMeter", ...args)), "createCounter", "y")).not.toThrow();
    }
  }
  expect(warnings.join("\n")).toContain('instrument "b0": advice must be an object, got a number');
  expect(warnings.join("\n")).toContain('meter "x": version must be a string, got a bigint');
  vi.restoreAllMocks();
  diag.disable();
});
