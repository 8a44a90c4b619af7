// Readers that pass the compatibility kit: ours, and upstream's as the control.
import {
  AggregationTemporality,
  type IMetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { onTestFinished } from "vitest";
import { PushReader } from "../../../src/readers/push-reader.ts";
import { SnapshotReader } from "../../../src/readers/reader.ts";
import {
  type Destination,
  figuresOfText,
  history,
  inMemory,
  jsonDocument,
  jsonLines,
  otlp,
  outbox,
  pushgateway,
  remoteWrite,
} from "./destinations.ts";
import { type Figure, figuresOf } from "./figures.ts";

/** A reader under test with its destination. */
export interface Subject {
  readonly reader: IMetricReader;
  /** Collects, and resolves once the data has arrived at the destination. */
  readonly collect: () => Promise<unknown>;
  /** Returns the figures since the last call, in order. */
  readonly arrived: () => Promise<readonly Figure[]>;
}

/** A kind of reader: its factory and its guarantees. */
export interface ReaderKind {
  readonly name: string;
  readonly temporality: AggregationTemporality;
  /** Whether it collects by itself, so that its shutdown delivers the last measurements. */
  readonly pushes: boolean;
  /** Creates a reader with this time-out for callbacks. */
  readonly make: (timeoutMillis: number) => Promise<Subject>;
}

const { CUMULATIVE, DELTA } = AggregationTemporality;
const HOUR_MILLIS = 3_600_000;

const ours = (exporter: PushMetricExporter, timeoutMillis: number): IMetricReader =>
  new PushReader({ exporter, intervalMillis: 3_600_000, timeoutMillis, onCollection: () => {} });
const upstreams = (exporter: PushMetricExporter, exportTimeoutMillis: number): IMetricReader =>
  new PeriodicExportingMetricReader({ exporter, exportTimeoutMillis, exportIntervalMillis: HOUR_MILLIS });

export const readers: readonly ReaderKind[] = [
  { name: "the reader of snapshots", temporality: CUMULATIVE, pushes: false, make: snapshots },
  { name: "the Prometheus reader", temporality: CUMULATIVE, pushes: false, make: prometheus },
  pushing("the OTLP reader", CUMULATIVE, ours, () => otlp({ temporality: "cumulative" })),
  pushing("the OTLP reader of deltas", DELTA, ours, () => otlp({ temporality: "delta" })),
  pushing("the OTLP reader with an outbox", DELTA, ours, () =>
    otlp({ temporality: "delta", outbox: outbox() }),
  ),
  pushing("the OTLP reader of JSON", CUMULATIVE, ours, () => otlp({ protocol: "http/json" })),
  pushing("the JSON reader", CUMULATIVE, ours, jsonDocument),
  pushing("the JSON reader of lines", CUMULATIVE, ours, jsonLines),
  pushing("the reader of a Pushgateway", CUMULATIVE, ours, pushgateway),
  pushing("the reader of a Pushgateway with an outbox", CUMULATIVE, ours, () =>
    pushgateway({ outbox: outbox() }),
  ),
  pushing("the reader of remote write", CUMULATIVE, ours, remoteWrite),
  pushing("the reader of remote write 1.0 with an outbox", CUMULATIVE, ours, () =>
    remoteWrite("unaware", { outbox: outbox() }),
  ),
  pushing("the history's reader", CUMULATIVE, ours, history),
  pushing("our reader with upstream's exporter", DELTA, ours, () => inMemory(DELTA)),
  pushing("upstream's reader with our OTLP exporter", DELTA, upstreams, () => otlp({ temporality: "delta" })),
  pushing("upstream's reader with our JSON exporter", CUMULATIVE, upstreams, jsonDocument),
  pushing("upstream's reader with our exporter of remote write", CUMULATIVE, upstreams, remoteWrite),
  pushing("upstream's reader", CUMULATIVE, upstreams, () => inMemory(CUMULATIVE)),
  pushing("upstream's reader of deltas", DELTA, upstreams, () => inMemory(DELTA)),
];

async function snapshots(timeoutMillis: number): Promise<Subject> {
  const reader = new SnapshotReader();
  const figures: Figure[] = [];
  return {
    reader,
    collect: async () =>
      figures.push(...figuresOf((await reader.collect({ timeoutMillis })).resourceMetrics)),
    arrived: async () => figures.splice(0),
  };
}

async function prometheus(timeoutMillis: number): Promise<Subject> {
  const reader = new PrometheusExporter({
    port: 0,
    preventServerStart: true,
    withoutTargetInfo: true,
    withoutScopeInfo: true,
  });
  await reader.startServer();
  onTestFinished(() => reader.stopServer());
  const { url = "" } = reader;
  // Callbacks have a share of a scrape's time, and the rest must do for a pause of the machine.
  const headers = { "x-prometheus-scrape-timeout-seconds": String((10 * timeoutMillis) / 1_000) };
  const figures: Figure[] = [];
  return {
    reader,
    collect: async () => figures.push(...figuresOfText(await (await fetch(url, { headers })).text())),
    arrived: async () => figures.splice(0),
  };
}

function pushing(
  name: string,
  temporality: AggregationTemporality,
  readerOf: (exporter: PushMetricExporter, timeoutMillis: number) => IMetricReader,
  destination: () => Promise<Destination>,
): ReaderKind {
  return {
    name,
    temporality,
    pushes: true,
    async make(timeoutMillis) {
      const { exporter, arrived } = await destination();
      const reader = readerOf(exporter, timeoutMillis);
      onTestFinished(() => reader.shutdown());
      return { reader, collect: () => reader.forceFlush(), arrived };
    },
  };
}
