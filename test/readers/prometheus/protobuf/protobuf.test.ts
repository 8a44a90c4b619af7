import { execFileSync } from "node:child_process";
import type { Attributes } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { neededProgram, needs } from "../../../servers/needs.ts";
import {
  counter,
  exponentialHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
  upDownCounter,
} from "../../resource-metrics.ts";
import { ask } from "../serving/asking.ts";
import { delimited, parseProtobuf, type ReadFamily } from "./parse-protobuf.ts";
import { exponential, histogramOf, read, sampled, TRACE } from "./read-protobuf.ts";
import { renderedBytes, type Wishes } from "../rendered.ts";
import { serving } from "../serving/serving.ts";

// The header of Prometheus 2.42 and 3.5 if native histograms are enabled.
const DEBIAN =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const NEWER =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2";
const TYPE =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores";

test("protoc decodes all fields by name", async (context) => {
  needs(context, "protoc");
  const metrics = [
    sampled(counter({ name: "jobs", description: "Jobs." }, [{ kind: "é" }, 3])),
    gauge({ name: "load" }, [{}, -0.5]),
    sampled(histogram({ name: "wait", unit: "s" }, [0.5], [1, 2])),
    sampled(
      exponentialHistogram(
        { name: "e" },
        exponential({ positive: [3, 10, 0, 0, 0, 20, 5, 2], negative: [-2, 7] }),
      ),
    ),
  ];
  const bytes = await renderedBytes(resourceMetrics([scope("s", metrics)], { a: true }), {
    format: "protobuf",
    timestamps: true,
  });
  const type = "--decode=io.prometheus.client.MetricFamily";
  const files = ["-I", import.meta.dirname, "io-prometheus-client.proto"];
  const text = [...delimited(bytes)].map((input) =>
    execFileSync(neededProgram("protoc"), [type, ...files], { input }).toString(),
  );
  expect(text.join("")).toMatchInlineSnapshot(`
    "name: "target_info"
    help: "Target metadata"
    type: GAUGE
    metric {
      label {
        name: "a"
        value: "true"
      }
      gauge {
        value: 1
      }
      timestamp_ms: 1500
    }
    name: "jobs_total"
    help: "Jobs."
    type: COUNTER
    metric {
      label {
        name: "kind"
        value: "\\303\\251"
      }
      label {
        name: "otel_scope_name"
        value: "s"
      }
      counter {
        value: 3
        exemplar {
          label {
            name: "trace_id"
            value: "0af7651916cd43dd8448eb211c80319c"
          }
          label {
            name: "span_id"
            value: "b7ad6b7169203331"
          }
          value: 0.75
          timestamp {
            seconds: 100
            nanos: 1500000
          }
        }
      }
      timestamp_ms: 1500
    }
    name: "load"
    help: "load"
    type: GAUGE
    metric {
      label {
        name: "otel_scope_name"
        value: "s"
      }
      gauge {
        value: -0.5
      }
      timestamp_ms: 1500
    }
    name: "wait_seconds"
    help: "wait"
    type: HISTOGRAM
    metric {
      label {
        name: "otel_scope_name"
        value: "s"
      }
      timestamp_ms: 1500
      histogram {
        sample_count: 3
        sample_sum: 0
        bucket {
          cumulative_count: 1
          upper_bound: 0.5
        }
        bucket {
          cumulative_count: 3
          upper_bound: inf
          exemplar {
            label {
              name: "trace_id"
              value: "0af7651916cd43dd8448eb211c80319c"
            }
            label {
              name: "span_id"
              value: "b7ad6b7169203331"
            }
            value: 0.75
            timestamp {
              seconds: 100
              nanos: 1500000
            }
          }
        }
      }
    }
    unit: "seconds"
    name: "e"
    help: "e"
    type: HISTOGRAM
    metric {
      label {
        name: "otel_scope_name"
        value: "s"
      }
      timestamp_ms: 1500
      histogram {
        sample_count: 44
        sample_sum: 1.5
        schema: 0
        zero_threshold: 1e-128
        zero_count: 0
        negative_span {
          offset: -1
          length: 1
        }
        negative_delta: 7
        positive_span {
          offset: 4
          length: 1
        }
        positive_span {
          offset: 3
          length: 3
        }
        positive_delta: 10
        positive_delta: 10
        positive_delta: -15
        positive_delta: -3
        exemplars {
          label {
            name: "trace_id"
            value: "0af7651916cd43dd8448eb211c80319c"
          }
          label {
            name: "span_id"
            value: "b7ad6b7169203331"
          }
          value: 0.75
          timestamp {
            seconds: 100
            nanos: 1500000
          }
        }
      }
    }
    "
  `);
});

test("the encoded bytes of a gauge", async () => {
  const metrics = resourceMetrics([scope("s", [gauge({ name: "g" }, [{ a: "b" }, 1])])]);
  const bytes = await renderedBytes(metrics, { format: "protobuf", scopeLabels: false });
  expect(bytes.toString("hex").match(/../g)!.join(" ")).toBe(
    // The family's length, padded; name, help and type; the metric's length, padded; its label and its value.
    "9e 80 80 80 00 0a 01 67 12 01 67 18 01 22 93 00 0a 06 0a 01 61 12 01 62 12 09 09 00 00 00 00 00 00 f0 3f",
  );
});

test("every scraper that prefers protobuf receives it, compressed if accepted", async () => {
  const { provider, url } = await serving();
  provider.getMeter("s").createCounter("jobs").add(1);
  for (const accept of [DEBIAN, NEWER]) {
    const { headers, body } = await ask(url, { headers: { accept } });
    expect(headers["content-type"]).toBe(TYPE);
    expect(parseProtobuf(body).map(({ name }) => name)).toEqual(["target_info", "jobs_total"]);
  }
  const { headers } = await ask(url, { headers: { accept: DEBIAN, "accept-encoding": "gzip" } });
  expect([headers["content-type"], headers["content-encoding"]]).toEqual([TYPE, "gzip"]);
});

test("names are escaped as the scraper requests, or kept", async () => {
  const metrics = resourceMetrics([scope("s", [counter({ name: "a.b" }, [{ "c.d": "e" }, 1])])]);
  const wishes = { strategy: "NoTranslation", scopeLabels: false } as const;
  const said = async (escaping: NonNullable<Wishes["escaping"]>) => {
    const [family] = await read(metrics.scopeMetrics[0]!.metrics, { ...wishes, escaping });
    return [family!.name, family!.metrics[0]!.labels];
  };
  expect(await said("allow-utf-8")).toEqual(["a.b", { "c.d": "e" }]);
  expect(await said("underscores")).toEqual(["a_b", { c_d: "e" }]);
  expect(await said("dots")).toEqual(["a_dot_b", { c_dot_d: "e" }]);
  expect(await said("values")).toEqual(["U__a_2e_b", { U__c_2e_d: "e" }]);
});

test("families have name, help, type and unit, and the resource is one of them", async () => {
  const metrics = [
    counter({ name: "request.size", unit: "By", description: 'Of "all".\n' }, [{}, 3]),
    gauge({ name: "temperature", unit: "Cel" }, [{}, 21.5]),
    upDownCounter({ name: "open", unit: "{thing}" }, [{}, -2]),
  ];
  expect(heads(await read(metrics, {}, { "service.name": "x" }))).toEqual([
    ["target_info", "gauge", "", "Target metadata"],
    ["request_size_bytes_total", "counter", "bytes", 'Of "all".\n'],
    ["temperature_celsius", "gauge", "celsius", "temperature"],
    ["open", "gauge", "", "open"],
  ]);
  // Prometheus refuses a whole scrape if one name does not end in its unit.
  expect(heads(await read(metrics, { strategy: "UnderscoreEscapingWithoutSuffixes" }))).toEqual([
    ["request_size", "counter", "", 'Of "all".\n'],
    ["temperature", "gauge", "", "temperature"],
    ["open", "gauge", "", "open"],
  ]);
});

test("only the requested families are written", async () => {
  const metrics = [
    counter({ name: "a" }, [{}, 1]),
    histogram({ name: "b" }, [], [1]),
    gauge({ name: "c" }, [{}, 1]),
  ];
  const names = new Set(["a_total", "b_bucket", "none"]);
  expect((await read(metrics, { names }, { x: "y" })).map(({ name }) => name)).toEqual(["a_total", "b"]);
});

test("counters and histograms have a start time", async () => {
  const value = exponential({ positive: [0, 1] });
  const metrics = [
    counter({ name: "c" }, [{}, 1]),
    gauge({ name: "g" }, [{}, 1]),
    histogram({ name: "h" }, [], [2]),
    exponentialHistogram({ name: "e" }, value),
  ];
  for (const { dataPoints } of metrics)
    for (const point of dataPoints) Reflect.set(point, "startTime", [1_700_000_000, 123_000_000]);
  const created = (await read(metrics, {})).map((family) => family.metrics[0]!.createdUnixMillis);
  const since = 1_700_000_000_123;
  expect(created).toEqual([since, undefined, since, since]);
});

test("a counter has its latest exemplar, a bucket the latest of its own, a native histogram all", async () => {
  const other = { value: 0.25, timestamp: [50, 500_000_000], filteredAttributes: { "http.route": "/a" } };
  const metrics = [
    sampled(counter({ name: "c" }, [{}, 1]), other),
    sampled(gauge({ name: "g" }, [{}, 1]), other),
    sampled(histogram({ name: "h" }, [0.5], [2, 1]), other),
    sampled(exponentialHistogram({ name: "e" }, exponential({ positive: [0, 1] })), other),
  ];
  const [c, g, h, e] = await read(metrics);
  const late = {
    labels: { trace_id: TRACE.traceId, span_id: TRACE.spanId },
    value: 0.75,
    timeUnixMillis: 100_001.5,
  };
  const early = { labels: { http_route: "/a" }, value: 0.25, timeUnixMillis: 50_500 };
  expect(c!.metrics[0]!.exemplars).toEqual([late]);
  expect(g!.metrics[0]!.exemplars).toEqual([]);
  expect(histogramOf(h).classic).toEqual([
    [0.5, 2, early],
    [Infinity, 3, late],
  ]);
  expect(e!.metrics[0]!.exemplars).toEqual([late, early]);
});

test("labels and families of any length have correct lengths", async () => {
  const long = "é".repeat(10_000);
  const points = Array.from({ length: 2_000 }, (_, i): [Attributes, number] => [
    { i, kind: "k".repeat(100) },
    i,
  ]);
  const buckets = Array.from({ length: 4_000 }, (_, i) => i % 7);
  const boundaries = Array.from({ length: 5_000 }, (_, i) => i);
  const metrics = [
    counter({ name: "c" }, ...points, [{ long }, -1]),
    exponentialHistogram({ name: "e" }, exponential({ positive: [-2_000, ...buckets] })),
    histogram({ name: "h" }, boundaries, [...boundaries, 1], { long }),
  ];
  const [c, e, h] = await read(metrics, { scopeLabels: false });
  expect(c!.metrics).toHaveLength(2_001);
  expect(c!.metrics.slice(0, 2_000).map(({ value, labels }) => [value, labels["i"]])).toEqual(
    points.map(([{ i }, value]) => [value, String(i)]),
  );
  expect(c!.metrics.at(-1)!.labels).toEqual({ long });
  expect(Object.keys(histogramOf(e).native!.positive)).toHaveLength(
    buckets.filter((count) => count > 0).length,
  );
  expect(histogramOf(h).classic).toHaveLength(5_001);
  expect(h!.metrics[0]!.labels).toEqual({ long });
});

function heads(families: readonly ReadFamily[]) {
  return families.map(({ name, type, unit, help }) => [name, type, unit, help]);
}
