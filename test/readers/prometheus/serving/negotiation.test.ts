import { gunzipSync } from "node:zlib";
import { MeterProvider } from "tachymeter/metrics";
import { PrometheusExporter } from "tachymeter/prometheus";
import { expect, test } from "vitest";
import { ask } from "./asking.ts";
import { serving } from "./serving.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const NEWER_TEXT = "text/plain; version=1.0.0; charset=utf-8; escaping=";
const OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=";

// The first two are headers of Debian's Prometheus 2.42, without and with native histograms.
const SCRAPERS = {
  "Prometheus 2":
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
  "Prometheus 3":
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  VictoriaMetrics: "text/plain;version=0.0.4;q=1,*/*;q=0.1",
  "a browser": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
};

test.each([
  ["Prometheus 2", `${OPEN_METRICS}underscores`],
  ["Prometheus 3", `${OPEN_METRICS}allow-utf-8`],
  ["VictoriaMetrics", TEXT],
  ["a browser", TEXT],
] as const)("%s gets its preferred format", async (scraper, contentType) => {
  expect(await contentTypeFor(SCRAPERS[scraper])).toBe(contentType);
});

test.each([
  ["text/plain;version=1.0.0;escaping=allow-utf-8", `${NEWER_TEXT}allow-utf-8`],
  ["text/plain;version=1.0.0;escaping=allow-utf8", `${NEWER_TEXT}allow-utf-8`],
  ["text/plain;version=1.0.0;escaping=dots", `${NEWER_TEXT}dots`],
  ["text/plain;version=1.0.0;escaping=values", `${NEWER_TEXT}values`],
  ["text/plain;version=1.0.0;escaping=rot13", `${NEWER_TEXT}underscores`],
  ['text/plain; Version="1.0.0" ; q=0.5', `${NEWER_TEXT}underscores`],
  ["text/plain;version=0.0.4;escaping=allow-utf-8", TEXT],
  ["text/plain", TEXT],
  ["APPLICATION/OpenMetrics-Text", `${OPEN_METRICS}underscores`],
  ["text/plain;q=0.4,application/openmetrics-text;version=1.0.0;q=0.5", `${OPEN_METRICS}underscores`],
  ["text/plain;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5", TEXT],
  ["application/openmetrics-text;version=1.0.0;q=0,text/*;q=0.1", TEXT],
])("%s gets %s", async (accept, contentType) => {
  expect(await contentTypeFor(accept)).toBe(contentType);
});

test.each([
  "",
  ",;=,",
  "application/openmetrics-text;version=3.0.0",
  "application/openmetrics-text;version=0.0.1",
  "application/openmetrics-text;q=2",
  "application/openmetrics-text;q=x",
  "application/vnd.google.protobuf",
  "application/json",
  `${",".repeat(3_000)}application/openmetrics-text`,
])("text 0.0.4 is the response to an unknown format: %.60s", async (accept) => {
  expect(await contentTypeFor(accept)).toBe(TEXT);
});

test("without a header the response is text 0.0.4, uncompressed", async () => {
  const { url } = await serving();
  const { headers } = await ask(url);
  expect(headers["content-type"]).toBe(TEXT);
  expect(headers["content-encoding"]).toBeUndefined();
});

test.each([
  ["gzip", true],
  ["x-gzip", true],
  ["*", true],
  ["deflate, gzip;q=0.5, identity;q=0.1", true],
  ["gzip;q=0, *", false],
  ["gzip;q=0.3, identity;q=0.8", false],
  ["deflate, br", false],
  ["identity", false],
] as const)("Accept-Encoding: %s results in compression: %s", async (header, compressed) => {
  const { url, provider } = await serving();
  provider.getMeter("s").createCounter("jobs").add(1);
  const { headers, body } = await ask(url, { headers: { "accept-encoding": header } });
  expect(headers["content-encoding"]).toBe(compressed ? "gzip" : undefined);
  expect(headers["content-length"]).toBe(String(body.length));
  expect(String(compressed ? gunzipSync(body) : body)).toContain("jobs_total");
});

test("compressed and uncompressed responses are the same text, even if it is long", async () => {
  const { url, provider } = await serving();
  const counter = provider.getMeter("s").createCounter("jobs");
  for (let i = 0; i < 2_000; i++) counter.add(i, { index: i, kind: "k".repeat(100) });
  const plain = await ask(url);
  const compressed = await ask(url, { headers: { "accept-encoding": "gzip" } });
  expect(compressed.body.length).toBeLessThan(plain.body.length / 4);
  expect(gunzipSync(compressed.body).equals(plain.body)).toBe(true);
});

async function contentTypeFor(accept: string): Promise<string | null> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  new MeterProvider({ readers: [exporter] }).getMeter("s").createCounter("jobs").add(1);
  const response = await exporter.fetchHandler()(new Request("http://app/metrics", { headers: { accept } }));
  expect(await response.text()).toMatch(/^jobs_.*total\{.*\} 1$/m);
  return response.headers.get("content-type");
}
