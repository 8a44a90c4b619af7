// The specification's "MeterConfigurator": a disabled meter behaves as that of the API without an SDK.
import { diag } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MeterProvider } from "tachymeter/metrics";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { TestGroup, valuesOf } from "../group/members.ts";
import { OpenReader } from "./our-provider.ts";

beforeEach(() => diag.disable());
afterEach(() => diag.disable());

const meterConfigurator = ({ name }: { readonly name: string }) => ({ enabled: name !== "off" });

test("instruments of a disabled meter record nothing, observe nothing and log nothing", async () => {
  const reader = new OpenReader();
  const provider = new MeterProvider({ readers: [reader], meterConfigurator });
  const warnings = collectWarnings();
  const observe = vi.fn<(name: string) => void>();
  for (const name of ["off", "on"]) {
    const meter = provider.getMeter(name);
    const counter = meter.createCounter("counted");
    counter.add(1, { from: name });
    counter.bind({ from: name }).add(1);
    meter.createObservableGauge("observed").addCallback((result) => {
      observe(name);
      result.observe(1);
    });
    meter.addBatchObservableCallback(
      () => observe(`${name} by batch`),
      [meter.createObservableCounter("batch")],
    );
  }
  provider.getMeter("off").createCounter("counted").add(-1);
  const { metrics } = await reader.producer.collectSeries();
  expect(metrics.map(({ scope, descriptor }) => [scope.name, descriptor.name])).toEqual([
    ["on", "counted"],
    ["on", "observed"],
  ]);
  expect(observe.mock.calls).toEqual([["on"], ["on by batch"]]);
  expect(warnings).toEqual([]);
  expect(provider.getMeter("off")).toBe(provider.getMeter("off"));
});

test("the figures of members with a meter that is disabled here are left out", async () => {
  const group = new TestGroup({ options: { meterConfigurator } });
  const warnings = collectWarnings();
  // Threads have the same options, without functions.
  const member = group.join({});
  for (const name of ["off", "on"]) {
    member.provider.getMeter(name).createCounter(name).add(5);
    member.provider
      .getMeter(name)
      .createObservableGauge(`${name}.observed`)
      .addCallback((result) => result.observe(1));
  }
  member.report();
  expect(await valuesOf(group, "on")).toEqual([[{}, 5]]);
  expect(await valuesOf(group, "on.observed")).toEqual([[{}, 1]]);
  expect(await valuesOf(group, "off")).toEqual([]);
  expect(await valuesOf(group, "off.observed")).toEqual([]);
  expect(warnings).toEqual([]);
});
