import { OtlpExporter } from "tachymeter/otlp";
import { expect, onTestFinished, test } from "vitest";
import { collectWarnings } from "../../kit/collect-warnings.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { counter, resourceMetrics, scope } from "../resource-metrics.ts";

test.each([
  ["http/protobuf", "::1"],
  ["http/json", "127.0.0.1"],
] as const)(
  "self metrics of protocol %s begin as soon as there is a provider for them",
  async (protocol, address) => {
    collectWarnings();
    const { provider, points } = collectingProvider();
    const host = address.includes(":") ? `[${address}]` : address;
    const exporter = new OtlpExporter({ protocol, url: `http://${host}:1/v1/metrics`, timeoutMillis: 100 });
    onTestFinished(() => exporter.shutdown());
    exporter.setSelfObsMeterProvider(provider);
    const metrics = resourceMetrics([scope("test", [counter({ name: "count" }, [{}, 1])])]);
    await new Promise((resolve) => exporter.export(metrics, resolve));
    const [point] = await points("otel.sdk.exporter.metric_data_point.inflight");
    expect(point?.attributes["server.address"]).toBe(address);
  },
);
