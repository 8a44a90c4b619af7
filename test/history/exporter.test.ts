import { diag, DiagLogLevel } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "tachymeter/metrics";
import { expect, onTestFinished, test } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { HistoryExporter } from "../../src/history/exporter.ts";
import { History } from "../../src/history/history.ts";
import { PullReader } from "../kit/pull-reader.ts";

test("a resource with pending attributes is stored without them and without a warning", async () => {
  const complaints: string[] = [];
  const complain = (message: string): void => void complaints.push(message);
  const silent = (): void => {};
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    DiagLogLevel.WARN,
  );
  onTestFinished(() => diag.disable());
  const reader = new PullReader();
  const resource = resourceFromAttributes({ "service.name": "shop", "host.id": new Promise(() => {}) });
  const provider = new MeterProvider({ readers: [reader], resource });
  provider.getMeter("shop").createCounter("orders").add(1);
  const { resourceMetrics } = await reader.collect();
  const history = await History.open({ path: ":memory:" });
  await new Promise<void>((resolve) =>
    new HistoryExporter(storeOf(history)).export(resourceMetrics, () => resolve()),
  );
  const { series } = await history.query({ metric: "orders", where: { "service.name": "shop" } });
  expect(series.flatMap(({ points }) => points.map(([, value]) => value))).toEqual([1]);
  expect(complaints).toEqual([]);
  await history.close();
});
