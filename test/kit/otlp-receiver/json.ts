import {
  type OtlpAttributes,
  type OtlpBuckets,
  type OtlpData,
  type OtlpMetric,
  type OtlpRequest,
  type OtlpTemporality,
  type OtlpValue,
  temporalities,
} from "./request.ts";

// What the mapping of protobuf to JSON allows: 64-bit integers are strings or numbers, fields may be missing.
type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

/** Decodes an export request in OTLP's JSON encoding; throws where it is no JSON or has a metric of no known kind. */
export function requestFromJson(text: string): OtlpRequest {
  const request: Json = JSON.parse(text);
  return {
    resourceMetrics: list(get(request, "resourceMetrics")).map((resourceMetrics) => ({
      resource: { attributes: attributes(get(get(resourceMetrics, "resource"), "attributes")) },
      schemaUrl: string(get(resourceMetrics, "schemaUrl")),
      scopeMetrics: list(get(resourceMetrics, "scopeMetrics")).map((scopeMetrics) => {
        const scope = get(scopeMetrics, "scope");
        return {
          scope: {
            name: string(get(scope, "name")),
            version: string(get(scope, "version")),
            attributes: attributes(get(scope, "attributes")),
          },
          metrics: list(get(scopeMetrics, "metrics")).map(metric),
        };
      }),
    })),
  };
}

function metric(json: Json): OtlpMetric {
  return {
    name: string(get(json, "name")),
    description: string(get(json, "description")),
    unit: string(get(json, "unit")),
    ...data(json),
  };
}

function data(json: Json): OtlpData {
  const gauge = get(json, "gauge");
  if (gauge !== undefined) return { kind: "gauge", points: points(gauge, numberValue) };
  const sum = get(json, "sum");
  if (sum !== undefined) {
    const isMonotonic = get(sum, "isMonotonic") === true;
    return { kind: "sum", temporality: temporality(sum), isMonotonic, points: points(sum, numberValue) };
  }
  const histogram = get(json, "histogram");
  if (histogram !== undefined) {
    return {
      kind: "histogram",
      temporality: temporality(histogram),
      points: points(histogram, (point) => ({
        ...summary(point),
        bucketCounts: list(get(point, "bucketCounts")).map(Number),
        explicitBounds: list(get(point, "explicitBounds")).map(Number),
      })),
    };
  }
  const exponential = get(json, "exponentialHistogram");
  if (exponential !== undefined) {
    return {
      kind: "exponentialHistogram",
      temporality: temporality(exponential),
      points: points(exponential, (point) => ({
        ...summary(point),
        scale: number(get(point, "scale")) ?? 0,
        zeroCount: number(get(point, "zeroCount")) ?? 0,
        positive: buckets(get(point, "positive")),
        negative: buckets(get(point, "negative")),
      })),
    };
  }
  throw new Error(`metric "${string(get(json, "name"))}": it has no data of a known kind`);
}

function points<T>(json: Json, own: (point: Json) => T) {
  return list(get(json, "dataPoints")).map((point) => ({
    attributes: attributes(get(point, "attributes")),
    startTimeUnixNano: BigInt(string(get(point, "startTimeUnixNano"))),
    timeUnixNano: BigInt(string(get(point, "timeUnixNano"))),
    ...own(point),
  }));
}

function numberValue(point: Json): { value: number } {
  return { value: number(get(point, "asDouble")) ?? number(get(point, "asInt")) ?? Number.NaN };
}

function summary(point: Json) {
  return {
    count: number(get(point, "count")) ?? 0,
    sum: number(get(point, "sum")),
    min: number(get(point, "min")),
    max: number(get(point, "max")),
  };
}

function temporality(json: Json): OtlpTemporality {
  return temporalities[number(get(json, "aggregationTemporality")) ?? 0] ?? "unspecified";
}

function buckets(json: Json): OtlpBuckets {
  return {
    offset: number(get(json, "offset")) ?? 0,
    bucketCounts: list(get(json, "bucketCounts")).map(Number),
  };
}

function attributes(json: Json): OtlpAttributes {
  return Object.fromEntries(list(json).map((pair) => [string(get(pair, "key")), value(get(pair, "value"))]));
}

function value(json: Json): OtlpValue {
  const text = get(json, "stringValue") ?? get(json, "boolValue");
  if (typeof text === "string" || typeof text === "boolean") return text;
  const amount = number(get(json, "intValue")) ?? number(get(json, "doubleValue"));
  if (amount !== undefined) return amount;
  const bytes = get(json, "bytesValue");
  if (bytes !== undefined) return new Uint8Array(Buffer.from(string(bytes), "base64"));
  const array = get(json, "arrayValue");
  if (array !== undefined) return list(get(array, "values")).map(value);
  const pairs = get(json, "kvlistValue");
  return pairs === undefined ? undefined : attributes(get(pairs, "values"));
}

function get(json: Json, key: string): Json {
  return typeof json === "object" && json !== null && !isList(json) ? json[key] : undefined;
}

function list(json: Json): readonly Json[] {
  return isList(json) ? json : [];
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

function string(json: Json): string {
  return typeof json === "string" || typeof json === "number" ? String(json) : "";
}

function number(json: Json): number | undefined {
  return typeof json === "string" || typeof json === "number" ? Number(json) : undefined;
}
