// The kit's tests of providers and meters.
import { diag, metrics } from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { TimeoutError } from "tachymeter/metrics";
import { type MakeProvider, pulled, PulledReader } from "../pulled.ts";

export function describeMeters(makeProvider: MakeProvider): void {
  afterEach(() => diag.disable());

  test("the same name, version and schema URL return the identical meter", () => {
    const provider = makeProvider({});
    expect(provider.getMeter("a")).toBe(provider.getMeter("a"));
    expect(provider.getMeter("a", "1", { schemaUrl: "u" })).toBe(
      provider.getMeter("a", "1", { schemaUrl: "u" }),
    );
    expect(provider.getMeter("a", "")).toBe(provider.getMeter("a"));
    const options = [["b"], ["a", "1"], ["a", "2"], ["a", "1", { schemaUrl: "u" }]] as const;
    const meters = new Set(options.map(([name, version, more]) => provider.getMeter(name, version, more)));
    expect(meters.size).toBe(4);
  });

  test("two providers have separate meters", () => {
    expect(makeProvider({}).getMeter("a")).not.toBe(makeProvider({}).getMeter("a"));
  });

  test("the global provider can be this one", async () => {
    const { provider, points } = pulled(makeProvider);
    metrics.setGlobalMeterProvider(provider);
    onTestFinished(() => metrics.disable());
    metrics.getMeter("by the API").createCounter("c").add(1);
    expect(await points("c")).toEqual([[{}, 1]]);
  });

  test("the scope of a collection has the arguments of getMeter", async () => {
    const { provider, collect } = pulled(makeProvider);
    provider.getMeter("library", "1.2", { schemaUrl: "https://example.com/1" }).createCounter("c").add(1);
    provider.getMeter("bare").createCounter("c").add(1);
    const { resourceMetrics } = await collect();
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope)).toEqual([
      { name: "library", version: "1.2", schemaUrl: "https://example.com/1" },
      { name: "bare", version: "", schemaUrl: undefined },
    ]);
  });

  test("an empty name returns a working meter with that name", async () => {
    const { provider, collect } = pulled(makeProvider);
    provider.getMeter("").createCounter("c").add(1);
    const { resourceMetrics } = await collect();
    expect(resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual([""]);
  });

  test("collections have the default resource if none is set", async () => {
    const { collect } = pulled(makeProvider);
    const { resourceMetrics } = await collect();
    expect(resourceMetrics.resource.attributes).toEqual(defaultResource().attributes);
    expect(resourceMetrics.scopeMetrics).toEqual([]);
  });

  test("collections have the resource that was passed, the same object", async () => {
    const resource = resourceFromAttributes({ "service.name": "shop" });
    const reader = new PulledReader();
    makeProvider({ resource, readers: [reader] });
    expect((await reader.collect()).resourceMetrics.resource).toBe(resource);
  });

  test("a provider without readers discards measurements", () => {
    const meter = makeProvider({}).getMeter("a");
    expect(() => {
      meter.createCounter("c").add(1);
      meter.createObservableGauge("g").addCallback(() => {});
      meter.createHistogram("h").record(1);
    }).not.toThrow();
  });

  test("after the shutdown a meter does nothing, and logs it", async () => {
    const { provider } = pulled(makeProvider);
    await provider.shutdown();
    const warnings = collectWarnings();
    const meter = provider.getMeter("late");
    expect(warnings).toEqual([expect.stringContaining("shutdown")]);
    meter.createCounter("c").add(1);
    meter.createObservableCounter("o").addCallback(() => {});
  });

  test("a second shutdown and a flush after it only log a warning", async () => {
    const { provider, reader } = pulled(makeProvider);
    await provider.shutdown();
    const warnings = collectWarnings();
    await provider.shutdown();
    await provider.forceFlush();
    expect(warnings).toHaveLength(2);
    expect([reader.shutdowns, reader.flushes]).toEqual([1, 0]);
  });

  test("flush and shutdown reach every reader", async () => {
    const readers = [new PulledReader(), new PulledReader()];
    const provider = makeProvider({ readers });
    await provider.forceFlush({ timeoutMillis: 1_000 });
    await provider.shutdown({ timeoutMillis: 1_000 });
    expect(readers.map(({ flushes, shutdowns }) => [flushes, shutdowns])).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("a flush or shutdown that hangs rejects with a TimeoutError", async () => {
    class HangingReader extends PulledReader {
      protected override onForceFlush(): Promise<void> {
        return new Promise(() => {});
      }
      protected override onShutdown(): Promise<void> {
        return new Promise(() => {});
      }
    }
    const provider = makeProvider({ readers: [new HangingReader()] });
    await expect(provider.forceFlush({ timeoutMillis: 5 })).rejects.toThrow(TimeoutError);
    await expect(provider.shutdown({ timeoutMillis: 5 })).rejects.toThrow(TimeoutError);
  });

  test("a reader whose flush or shutdown fails makes the provider's fail", async () => {
    class FailingReader extends PulledReader {
      protected override async onForceFlush(): Promise<void> {
        throw new Error("no flush");
      }
      protected override async onShutdown(): Promise<void> {
        throw new Error("no shutdown");
      }
    }
    const provider = makeProvider({ readers: [new FailingReader()] });
    await expect(provider.forceFlush()).rejects.toThrow("no flush");
    await expect(provider.shutdown()).rejects.toThrow("no shutdown");
  });
}
