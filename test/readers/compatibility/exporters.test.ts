// Compatibility kit of push exporters: the guarantees of each one, ours and upstream's.
import { diag } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { AggregationTemporality, type ResourceMetrics } from "tachymeter/metrics";
import { DurableExporter } from "tachymeter/otlp";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { countedExporter } from "../../../src/readers/push-exporter.ts";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import {
  type Destination,
  history,
  inMemory,
  jsonDocument,
  jsonLines,
  otlp,
  outbox,
  pushgateway,
  remoteWrite,
} from "./destinations.ts";
import { exported } from "../../kit/exported.ts";

interface ExporterKind {
  readonly name: string;
  readonly make: () => Promise<Destination>;
  /** Result code of an export after the shutdown, if it is not a failure. */
  readonly codeAfterShutdown?: ExportResultCode;
  /** Result code of two simultaneous exports, if they are refused. */
  readonly codeOfTwoAtOnce?: ExportResultCode;
}

const { SUCCESS, FAILED } = ExportResultCode;

const exporters: readonly ExporterKind[] = [
  { name: "the OTLP exporter", make: () => otlp({}) },
  { name: "the OTLP exporter with an outbox", make: () => otlp({ outbox: outbox() }) },
  { name: "the OTLP exporter of JSON", make: () => otlp({ protocol: "http/json" }) },
  {
    name: "the OTLP exporter of JSON with an outbox",
    make: () => otlp({ protocol: "http/json", outbox: outbox() }),
  },
  { name: "the exporter to a Pushgateway", make: pushgateway },
  { name: "the exporter to a Pushgateway with an outbox", make: () => pushgateway({ outbox: outbox() }) },
  { name: "the exporter of remote write", make: remoteWrite },
  { name: "the exporter of remote write 1.0", make: () => remoteWrite("first") },
  {
    name: "the exporter of remote write with an outbox",
    make: () => remoteWrite("both", { outbox: outbox() }),
  },
  { name: "the durable exporter", make: durable },
  { name: "the JSON exporter", make: jsonDocument },
  // A file of lines has no queue: a later export ends the previous one.
  { name: "the JSON exporter of lines", make: jsonLines, codeOfTwoAtOnce: FAILED },
  { name: "the history's exporter", make: history },
  // It logs failures and reports success to the reader.
  { name: "the exporter that counts", make: counted, codeAfterShutdown: SUCCESS },
  { name: "upstream's exporter", make: () => inMemory(AggregationTemporality.CUMULATIVE) },
];

beforeEach(() => void collectWarnings());
afterEach(() => diag.disable());

describe.each(exporters)("$name", ({ make, codeAfterShutdown = FAILED, codeOfTwoAtOnce = SUCCESS }) => {
  test("an export calls back once, and after a flush it is at its destination", async () => {
    const { exporter, arrived } = await ended(make);
    const answers: ExportResult[] = [];
    exporter.export(await ordersOf(7), (result) => void answers.push(result));
    await expect.poll(() => answers).toEqual([{ code: SUCCESS }]);
    await exporter.forceFlush();
    expect(await arrived()).toMatchObject([{ name: "orders", value: 7 }]);
    expect(answers).toHaveLength(1);
  });

  test("two simultaneous exports both call back, and both arrive if they succeeded", async () => {
    const { exporter, arrived } = await ended(make);
    const results = await Promise.all([
      exported(exporter, await ordersOf(1)),
      exported(exporter, await ordersOf(2)),
    ]);
    expect(results.map(({ code }) => code)).toEqual([codeOfTwoAtOnce, codeOfTwoAtOnce]);
    await exporter.forceFlush();
    expect((await arrived()).at(-1)?.value).toBe(codeOfTwoAtOnce === SUCCESS ? 2 : undefined);
  });

  test("a flush resolves if nothing was exported", async () => {
    const { exporter, arrived } = await ended(make);
    await exporter.forceFlush();
    expect(await arrived()).toEqual([]);
  });

  test("a shutdown delivers earlier exports, and a second one resolves", async () => {
    const { exporter, arrived } = await ended(make);
    await exported(exporter, await ordersOf(3));
    await Promise.all([exporter.shutdown(), exporter.shutdown()]);
    await exporter.shutdown();
    expect(await arrived()).toMatchObject([{ name: "orders", value: 3 }]);
  });

  test("an export after the shutdown fails, and arrives nowhere", async () => {
    const { exporter, arrived } = await ended(make);
    await exporter.shutdown();
    expect(await exported(exporter, await ordersOf(1))).toMatchObject({ code: codeAfterShutdown });
    await exporter.forceFlush();
    expect(await arrived()).toEqual([]);
  });
});

async function durable(): Promise<Destination> {
  const { exporter, arrived } = await inMemory(AggregationTemporality.CUMULATIVE);
  return { exporter: new DurableExporter(exporter, outbox()), arrived };
}

async function counted(): Promise<Destination> {
  const { exporter, arrived } = await jsonDocument();
  const options = {
    name: "json/0",
    type: "json_metric_exporter",
    timeoutMillis: 30_000,
    meter: () => undefined,
  };
  return { exporter: countedExporter(exporter, options), arrived };
}

async function ended(make: () => Promise<Destination>): Promise<Destination> {
  const destination = await make();
  onTestFinished(() => destination.exporter.shutdown());
  return destination;
}

async function ordersOf(value: number): Promise<ResourceMetrics> {
  const { provider, collect } = collectingProvider();
  provider.getMeter("shop").createCounter("orders").add(value);
  return collect();
}
