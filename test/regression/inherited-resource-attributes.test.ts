import { type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { attributesOf, resourceFrom } from "../../src/engine/resource.ts";
import { OtlpEncoder } from "../../src/readers/otlp/encode/index.ts";
import { listening } from "../kit/listening.ts";
import { requestFromProtobuf } from "../kit/otlp-receiver/decode.ts";
import { OpenReader } from "../engine/our-provider.ts";

const attributes = { valueOf: -1, toString: "text", id: "a" };

// Upstream's `resource.attributes` loses keys that every object inherits.
test.each([
  ["upstream's resource", resourceFromAttributes(attributes)],
  ["our resource", resourceFrom(Object.entries(attributes))],
])("attributes of %s named like members of Object are exported", async (_, resource) => {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const reader = new OpenReader();
  const provider = new MeterProvider({ readers: [exporter, reader], resource });
  provider.getMeter("shop").createCounter("orders").add(1);

  const url = await listening(
    (request, response) => exporter.getMetricsRequestHandler(request, response),
    "/metrics",
  );
  const text = await (await fetch(url)).text();
  expect(text).toContain('target_info{id="a",toString="text",valueOf="-1"} 1');

  const collection = await reader.producer.collectSeries();
  const [request] = new OtlpEncoder().encodeSync(collection);
  const [sent] = requestFromProtobuf(request!.body).resourceMetrics;
  expect(Object.keys(sent!.resource.attributes).toSorted()).toEqual(["id", "toString", "valueOf"]);
});

test("a resource made by hand needs its attributes only", () => {
  const resource: Resource = Object({ attributes: { id: "a" } });
  expect(attributesOf(resource)).toEqual({ id: "a" });
});
