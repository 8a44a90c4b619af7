// Requests as decoded by protoc, an independent implementation of protobuf.
import { execFileSync } from "node:child_process";
import { ValueType } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import { AggregationTemporality, DataPointType, type ResourceMetrics } from "tachymeter/metrics";
import { expect, test, type TestContext } from "vitest";
import { collectionFromMetrics } from "../../../src/engine/collection/collection-from-metrics.ts";
import { metricsFromRequest } from "../../../src/readers/otlp/decode/index.ts";
import { OtlpEncoder } from "../../../src/readers/otlp/encode/index.ts";
import { randomMetrics } from "../../kit/random-metrics.ts";
import { neededProgram, needs, needsFetched } from "../../servers/needs.ts";
import { runs, seed } from "../../kit/test-length.ts";
import { saidBy } from "./expected-metrics.ts";

const SERVICE = "opentelemetry/proto/collector/metrics/v1/metrics_service.proto";
const REQUEST = "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest";

function protoc(context: TestContext): (how: "--decode" | "--encode", input: Uint8Array) => Buffer {
  needs(context, "protoc");
  const include = `${needsFetched(context, "opentelemetry-proto")}/usr/include`;
  return (how, input) =>
    execFileSync(neededProgram("protoc"), ["-I", include, `${how}=${REQUEST}`, SERVICE], { input });
}

test("protoc decodes all fields by name", (context) => {
  const run = protoc(context);
  expect(run("--decode", encoded(example)).toString()).toMatchInlineSnapshot(`
    "resource_metrics {
      resource {
        attributes {
          key: "service.name"
          value {
            string_value: "\\303\\251"
          }
        }
        attributes {
          key: "list"
          value {
            array_value {
              values {
                int_value: 1
              }
              values {
              }
              values {
                double_value: 0.5
              }
            }
          }
        }
      }
      scope_metrics {
        scope {
          name: "scope"
          version: "1"
          attributes {
            key: "shard"
            value {
              int_value: 7
            }
          }
        }
        metrics {
          name: "m"
          description: "D."
          unit: "s"
          sum {
            data_points {
              start_time_unix_nano: 1000000002
              time_unix_nano: 1700000000000000005
              exemplars {
                time_unix_nano: 1700000000000000001
                span_id: "\\360\\361\\362\\363\\364\\365\\366\\367"
                trace_id: "\\000\\001\\002\\003\\004\\005\\006\\007\\010\\t\\n\\013\\014\\r\\016\\017"
                as_int: 3
                filtered_attributes {
                  key: "user"
                  value {
                    string_value: "u"
                  }
                }
              }
              as_int: -3
              attributes {
                key: "yes"
                value {
                  bool_value: true
                }
              }
            }
            aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA
            is_monotonic: true
          }
        }
        metrics {
          name: "g"
          description: "D."
          unit: "s"
          gauge {
            data_points {
              start_time_unix_nano: 1000000002
              time_unix_nano: 1700000000000000005
              as_double: nan
            }
          }
        }
        metrics {
          name: "h"
          description: "D."
          unit: "s"
          histogram {
            data_points {
              start_time_unix_nano: 1000000002
              time_unix_nano: 1700000000000000005
              count: 3
              sum: 4.5
              bucket_counts: 1
              bucket_counts: 2
              explicit_bounds: 1
              min: 0.5
              max: 3
            }
            aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA
          }
        }
        metrics {
          name: "e"
          description: "D."
          unit: "s"
          exponential_histogram {
            data_points {
              start_time_unix_nano: 1000000002
              time_unix_nano: 1700000000000000005
              count: 4
              sum: 4.5
              scale: -1
              zero_count: 1
              positive {
                offset: -2
                bucket_counts: 1
                bucket_counts: 0
              }
              negative {
                offset: 3
                bucket_counts: 300
              }
            }
            aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA
          }
        }
        schema_url: "https://s"
      }
      schema_url: "https://r"
    }
    "
  `);
});

test("a message re-encoded by protoc is equivalent", (context) => {
  const run = protoc(context);
  for (const metrics of fc.sample(randomMetrics, { seed, numRuns: runs(12) })) {
    if (metrics.scopeMetrics.length === 0) continue;
    const text = run("--decode", encoded(metrics));
    // Unknown fields would be shown by number.
    expect(text.toString()).not.toMatch(/^\s*\d+(?::| \{)/m);
    expect(saidBy(metricsFromRequest(run("--encode", text)))).toEqual(saidBy(metrics));
  }
});

function encoded(metrics: ResourceMetrics): Uint8Array {
  const [request] = new OtlpEncoder().encodeSync(collectionFromMetrics(metrics));
  return request!.body;
}

const common = { aggregationTemporality: AggregationTemporality.DELTA };
const described = { name: "m", unit: "s", description: "D.", valueType: ValueType.INT };
const times = {
  startTime: [1, 2] satisfies [number, number],
  endTime: [1_700_000_000, 5] satisfies [number, number],
};
// Fields that upstream's types do not have yet.
const sharded = { attributes: { shard: 7 } };
const sampled = {
  exemplars: [
    {
      filteredAttributes: { user: "u" },
      value: 3,
      timestamp: [1_700_000_000, 1],
      traceId: "000102030405060708090a0b0c0d0e0f",
      spanId: "f0f1f2f3f4f5f6f7",
    },
  ],
};
const example: ResourceMetrics = {
  resource: resourceFromAttributes({ "service.name": "é", list: [1, null, 0.5] }, { schemaUrl: "https://r" }),
  scopeMetrics: [
    {
      scope: { name: "scope", version: "1", schemaUrl: "https://s", ...sharded },
      metrics: [
        {
          ...common,
          descriptor: described,
          dataPointType: DataPointType.SUM,
          isMonotonic: true,
          dataPoints: [
            {
              ...times,
              attributes: { yes: true },
              value: -3,
              ...sampled,
            },
          ],
        },
        {
          ...common,
          descriptor: { ...described, name: "g", valueType: ValueType.DOUBLE },
          dataPointType: DataPointType.GAUGE,
          dataPoints: [{ ...times, attributes: {}, value: Number.NaN }],
        },
        {
          ...common,
          descriptor: { ...described, name: "h" },
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: [
            {
              ...times,
              attributes: {},
              value: { count: 3, sum: 4.5, min: 0.5, max: 3, buckets: { boundaries: [1], counts: [1, 2] } },
            },
          ],
        },
        {
          ...common,
          descriptor: { ...described, name: "e" },
          dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
          dataPoints: [
            {
              ...times,
              attributes: {},
              value: {
                count: 4,
                sum: 4.5,
                scale: -1,
                zeroCount: 1,
                positive: { offset: -2, bucketCounts: [1, 0] },
                negative: { offset: 3, bucketCounts: [300] },
              },
            },
          ],
        },
      ],
    },
  ],
};
