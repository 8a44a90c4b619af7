// Destinations of the exporters under test.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { storeOf } from "../../../src/history/store-of.ts";
import { HistoryExporter } from "../../../src/history/parts.ts";
import { AggregationTemporality, InMemoryMetricExporter, type PushMetricExporter } from "tachymeter/metrics";
import { OtlpExporter, type OtlpExporterOptions, type OutboxOptions } from "tachymeter/otlp";
import {
  PushgatewayExporter,
  type PushgatewayOptions,
  RemoteWriteExporter,
  type RemoteWriteOptions,
} from "tachymeter/prometheus";
import { onTestFinished } from "vitest";
import { JsonSnapshotExporter } from "tachymeter/json";
import { metricsOf, type OtlpMetric, otlpReceiver } from "../../kit/otlp-receiver/index.ts";
import { type Figure, figuresOf } from "./figures.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { pushReceiver } from "../../kit/pushgateway.ts";
import { remoteWriteReceiver, type Response } from "../../kit/remote-write/receiver.ts";
import type { WrittenSeries } from "../../kit/remote-write/request.ts";
import { parseText, type Sample } from "../prometheus/text/parse-text.ts";

/** An exporter and its exports. */
export interface Destination {
  readonly exporter: PushMetricExporter;
  /** Returns the figures since the last call, in order. */
  readonly arrived: () => Promise<readonly Figure[]>;
}

/** Queries of a history name their metrics: these are the ones the kit records. */
const NAMES = ["orders", "sales", "stock", "heat", "latency"];

export async function inMemory(preferred: AggregationTemporality): Promise<Destination> {
  const exporter = new InMemoryMetricExporter(preferred);
  // Same as OpenTelemetry's variable for this preference.
  exporter.selectAggregationTemporality = (type) =>
    type.includes("UP_DOWN") ? AggregationTemporality.CUMULATIVE : preferred;
  return { exporter, arrived: later(() => exporter.getMetrics().flatMap(figuresOf)) };
}

export async function otlp(options: OtlpExporterOptions): Promise<Destination> {
  const receiver = await otlpReceiver();
  const exporter = new OtlpExporter({ url: `${receiver.url}/v1/metrics`, ...options });
  return {
    exporter,
    arrived: later(() => receiver.requests.flatMap(({ body }) => metricsOf(body).flatMap(figuresOfOtlp))),
  };
}

/** Options of an outbox in its own folder. */
export function outbox(): OutboxOptions {
  return { directory: join(newFolder("compatibility"), "outbox") };
}

export async function jsonDocument(): Promise<Destination> {
  const file = join(newFolder("compatibility"), "metrics.json");
  return {
    exporter: new JsonSnapshotExporter({ file }),
    arrived: changed(() => {
      if (!existsSync(file)) return [];
      const document: { metrics: Record<string, JsonEntry> } = JSON.parse(readFileSync(file, "utf8"));
      return Object.entries(document.metrics).map(([key, entry]) => figureOfJson(key, entry));
    }),
  };
}

export async function jsonLines(): Promise<Destination> {
  const file = join(newFolder("compatibility"), "metrics.ndjson");
  return {
    exporter: new JsonSnapshotExporter({ file, format: "ndjson" }),
    arrived: later(() => {
      const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
      return lines.map((line) => {
        const entry: JsonEntry & { name: string } = JSON.parse(line);
        return figureOfJson(entry.name, entry);
      });
    }),
  };
}

export async function history(): Promise<Destination> {
  const store = await History.open({ path: ":memory:" });
  onTestFinished(() => store.close());
  const latest = async (name: string): Promise<Figure[]> => {
    const { series } = await store.query({ metric: name, aggregate: "LAST" });
    return series.map(({ attributes, points }) => ({
      name,
      attributes,
      value: points[0]?.[1] ?? Number.NaN,
    }));
  };
  return {
    exporter: new HistoryExporter(storeOf(store)),
    arrived: changed(async () => (await Promise.all(NAMES.map(latest))).flat()),
  };
}

export async function pushgateway(options: Partial<PushgatewayOptions> = {}): Promise<Destination> {
  const receiver = await pushReceiver();
  const exporter = new PushgatewayExporter({ url: receiver.url, job: "test", ...options });
  return { exporter, arrived: later(() => receiver.requests.flatMap(({ text }) => figuresOfText(text))) };
}

export async function remoteWrite(
  response: Response = "both",
  options: Partial<RemoteWriteOptions> = {},
): Promise<Destination> {
  const receiver = await remoteWriteReceiver();
  receiver.response = response;
  const exporter = new RemoteWriteExporter({ url: receiver.url, ...options });
  return { exporter, arrived: later(() => figuresOfWritten(receiver.stored())) };
}

interface JsonEntry {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | { readonly count: number; readonly sum: number };
}

function figureOfJson(key: string, { labels: attributes, value }: JsonEntry): Figure {
  const name = key.replace(/\{.*$/, "").replace(/_total$/, "");
  if (typeof value === "number") return { name, attributes, value };
  return { name, attributes, value: value.count, sum: value.sum };
}

function figuresOfOtlp(metric: OtlpMetric): Figure[] {
  const { name } = metric;
  if (metric.kind === "gauge" || metric.kind === "sum") {
    return metric.points.map(({ attributes, value }) => ({ name, attributes: Object(attributes), value }));
  }
  return metric.points.map(({ attributes, count, sum }) => ({
    name,
    attributes: Object(attributes),
    value: count,
    sum,
  }));
}

/** The figures of a text in Prometheus' format, without labels of scopes and targets. */
export function figuresOfText(text: string): Figure[] {
  return figuresOfSamples(parseText(text).samples);
}

// Without the markers of ended series.
function figuresOfWritten(series: readonly WrittenSeries[]): Figure[] {
  return figuresOfSamples(
    series.flatMap(({ name, labels, value }) => (typeof value === "number" ? [{ name, labels, value }] : [])),
  );
}

function figuresOfSamples(samples: readonly Sample[]): Figure[] {
  const own = samples.filter(({ name }) => name !== "target_info");
  return own.flatMap(({ name, labels, value }) => {
    const { otel_scope_name: _, job: _job, instance: _instance, ...attributes } = labels;
    const histogram = /^(.*)_(bucket|count|sum)$/.exec(name);
    if (histogram === null) return { name: name.replace(/_total$/, ""), attributes, value };
    if (histogram[2] !== "count") return [];
    const sum = own.find((sample) => sample.name === `${histogram[1]}_sum`)?.value;
    return { name: histogram[1] ?? "", attributes, value, sum };
  });
}

// For a destination that keeps everything: returns the new entries.
function later(all: () => readonly Figure[]): Destination["arrived"] {
  let known = 0;
  return async () => {
    const figures = all().slice(known);
    known += figures.length;
    return figures;
  };
}

// For a destination that keeps the latest figures: returns them if they have changed.
function changed(latest: () => readonly Figure[] | Promise<readonly Figure[]>): Destination["arrived"] {
  let known = "[]";
  return async () => {
    const figures = await latest();
    const text = JSON.stringify(figures);
    if (text === known) return [];
    known = text;
    return figures;
  };
}
