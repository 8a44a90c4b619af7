import { diag } from "@opentelemetry/api";
import { type IMetricReader, MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { afterEach, expect, test } from "vitest";
import { emptyResource } from "@opentelemetry/resources";
import { Events } from "../../src/events/events.ts";
import { SnapshotReader } from "../../src/readers/reader.ts";
import { Exports } from "../../src/sdk/exports.ts";
import { KeptEvents } from "../../src/sdk/kept-events.ts";
import { RunningExports } from "../../src/sdk/running-exports.ts";
import { Teardown } from "../../src/sdk/teardown.ts";
import { facadesOn } from "../../src/testing/test-telemetry.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { PullReader } from "../kit/pull-reader.ts";

afterEach(() => {
  diag.disable();
});

class EndingReader extends PullReader {
  readonly #end: () => Promise<void>;

  constructor(end: () => Promise<void>) {
    super();
    this.#end = end;
  }

  override shutdown(): Promise<void> {
    return this.#end();
  }
}

const SETTINGS = {
  kind: "console",
  intervalMillis: 60_000,
  exportTimeoutMillis: undefined,
  cardinalityLimits: undefined,
  metricFilter: undefined,
  temporality: undefined,
  histogramAggregation: undefined,
} as const;

/** A reader of the configuration, which counts its ends. */
class LeavingReader extends SnapshotReader {
  ends = 0;

  protected override async onShutdown(): Promise<void> {
    this.ends++;
  }
}

function exporting(...readers: readonly IMetricReader[]) {
  const ended: string[] = [];
  const storage = new Teardown();
  storage.add(() => ended.push("storage"));
  const exports = new RunningExports({
    make: () => new Exports(readers.map((reader, index) => ({ settings: { kind: "given", index }, reader }))),
    storage,
    kept: new KeptEvents(undefined),
    given: [],
  });
  exports.make();
  const provider = new MeterProvider({ readers: [...readers] });
  return {
    ended,
    exports,
    provider,
    handOver: () => exports.handOver(provider, { events: new Events() }, () => true),
  };
}

test("a reader that throws at a handover is logged, and the others end before the storage", async () => {
  const warnings = collectWarnings();
  const throwing = new EndingReader(() => {
    throw new Error("not closed");
  });
  const { ended, handOver } = exporting(throwing, new EndingReader(async () => void ended.push("reader")));
  await handOver();
  expect(ended).toEqual(["reader", "storage"]);
  expect(warnings).toEqual([expect.stringContaining("not closed")]);
});

test("shutdown() waits for a handover that is under way", async () => {
  let endReader = (): void => {};
  const readerEnd = new Promise<void>((resolve) => (endReader = resolve));
  const { ended, exports, handOver } = exporting(new EndingReader(() => readerEnd));
  const handedOver = handOver();
  const shutDown = exports.shutdown().then(() => ended.push("shutdown"));
  for (let turn = 0; turn < 3; turn++) await new Promise((next) => void setImmediate(next));
  expect(ended).toEqual([]);
  endReader();
  await Promise.all([handedOver, shutDown]);
  expect(ended).toEqual(["storage", "shutdown"]);
});

test("the page of an endpoint ends when a reload removes the endpoint", async () => {
  const ended: string[] = [];
  const made = ["first", "second"].map((name) => {
    const reader = new PrometheusExporter({ port: 0 });
    const endpoint = {
      exporter: reader,
      anyPort: true,
      health: false,
      hasPage: true,
      hasApi: false,
    } as const;
    return { name, settings: SETTINGS, reader, endpoint } as const;
  });
  const [first, second] = made;
  if (first === undefined || second === undefined) throw new Error("no endpoints");
  const exports = new RunningExports({
    make: () => new Exports(made),
    storage: new Teardown(),
    kept: new KeptEvents(undefined),
    given: [],
  });
  exports.make();
  const provider = new MeterProvider({ readers: made.map(({ reader }) => reader) });
  const facades = facadesOn(provider, undefined);
  exports.connect(facades, {
    begin: () => [],
    onEndpoint: ({ exporter }) => {
      const name = exporter === first.reader ? "first" : "second";
      return () => void ended.push(name);
    },
  });
  const change = { kept: [second], removed: [first], make: () => [] };
  await exports.replace(change, provider, facades, emptyResource());
  expect(ended).toEqual(["first"]);
  exports.disconnect();
  expect(ended).toEqual(["first", "second"]);
  await provider.shutdown();
});

test("if a new reader cannot be made, the former ones go on and those made before it end", async () => {
  const [kept, removed, added] = Array.from({ length: 3 }, () => ({
    settings: SETTINGS,
    reader: new LeavingReader(),
  }));
  if (kept === undefined || removed === undefined || added === undefined) throw new Error("no readers");
  const { exports, provider } = exporting(kept.reader, removed.reader);
  const make = function* () {
    yield added;
    throw new Error("not made");
  };
  const facades = facadesOn(provider, undefined);
  const before = exports.current;
  const change = { kept: [kept], removed: [removed], make };
  await expect(exports.replace(change, provider, facades, emptyResource())).rejects.toThrow("not made");
  expect(exports.current).toBe(before);
  expect([kept, removed, added].map(({ reader }) => reader.ends)).toEqual([0, 0, 1]);
  const { resourceMetrics } = await removed.reader.collect();
  expect(resourceMetrics.scopeMetrics).not.toEqual([]);
});

test("a reload that arrives during the shutdown does not end a reader a second time", async () => {
  const reader = new LeavingReader();
  const { exports } = exporting(reader);
  const provider = new MeterProvider({ readers: [] });
  const facades = facadesOn(provider, undefined);
  exports.disconnect();
  const removed = [{ settings: SETTINGS, reader }];
  await exports.replace({ kept: [], removed, make: () => [] }, provider, facades, emptyResource());
  expect(reader.ends).toBe(0);
  await provider.shutdown();
});
