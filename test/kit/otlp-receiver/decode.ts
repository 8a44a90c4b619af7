/** Decodes OTLP requests with protobufjs and OpenTelemetry's own proto files. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import protobuf from "protobufjs";
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

// A package with the original proto files.
const protoFiles = dirname(createRequire(import.meta.url).resolve("@elastic/mockotlpserver/package.json"));
const root = new protobuf.Root();
root.resolvePath = (_importer, target) => join(protoFiles, target);
root.loadSync("opentelemetry/proto/collector/metrics/v1/metrics_service.proto");
const service = "opentelemetry.proto.collector.metrics.v1";
const exportRequest = root.lookupType(`${service}.ExportMetricsServiceRequest`);
const exportResponse = root.lookupType(`${service}.ExportMetricsServiceResponse`);

// The fields of the messages that are read here. Lists are present even if empty; 64-bit integers are decimal strings.
interface WireRequest {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes: WireAttributes };
    readonly schemaUrl?: string;
    readonly scopeMetrics: readonly {
      readonly scope?: {
        readonly name?: string;
        readonly version?: string;
        readonly attributes: WireAttributes;
      };
      readonly metrics: readonly WireMetric[];
    }[];
  }[];
}

interface WireMetric {
  readonly name?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: WireData;
  readonly sum?: WireData;
  readonly histogram?: WireData;
  readonly exponentialHistogram?: WireData;
}

interface WireData {
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints: readonly WirePoint[];
}

interface WirePoint {
  readonly attributes: WireAttributes;
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly count?: string;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
  readonly scale?: number;
  readonly zeroCount?: string;
  readonly positive?: WireBuckets;
  readonly negative?: WireBuckets;
  readonly exemplars: readonly { readonly asDouble?: number; readonly asInt?: string }[];
}

interface WireBuckets {
  readonly offset?: number;
  readonly bucketCounts: readonly string[];
}

type WireAttributes = readonly { readonly key?: string; readonly value?: WireValue }[];

interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly WireValue[] };
  readonly kvlistValue?: { readonly values: WireAttributes };
  readonly bytesValue?: Uint8Array;
}

/** Decodes an `ExportMetricsServiceRequest` in protobuf; throws if it is invalid. */
export function requestFromProtobuf(bytes: Uint8Array): OtlpRequest {
  return requestFrom(exportRequest.decode(bytes));
}

/** Decodes an `ExportMetricsServiceRequest` in OTLP's JSON encoding; throws if it is invalid. */
export function requestFromJson(text: string): OtlpRequest {
  return requestFrom(exportRequest.fromObject(JSON.parse(text)));
}

/** An `ExportMetricsServiceResponse` with a partial success, in protobuf. */
export function partialSuccessInProtobuf(rejectedDataPoints: number, errorMessage: string): Uint8Array {
  const partialSuccess = { rejectedDataPoints, errorMessage };
  return exportResponse.encode(exportResponse.fromObject({ partialSuccess })).finish();
}

function requestFrom(message: protobuf.Message): OtlpRequest {
  const request: Partial<WireRequest> = exportRequest.toObject(message, { longs: String, arrays: true });
  return {
    resourceMetrics: (request.resourceMetrics ?? []).map(({ resource, schemaUrl = "", scopeMetrics }) => ({
      resource: { attributes: attributesFrom(resource?.attributes) },
      schemaUrl,
      scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
        scope: {
          name: scope?.name ?? "",
          version: scope?.version ?? "",
          attributes: attributesFrom(scope?.attributes),
        },
        metrics: metrics.map(metricFrom),
      })),
    })),
  };
}

function metricFrom(metric: WireMetric): OtlpMetric {
  const { name = "", description = "", unit = "" } = metric;
  return { name, description, unit, ...dataFrom(metric) };
}

function dataFrom({ name, gauge, sum, histogram, exponentialHistogram }: WireMetric): OtlpData {
  if (gauge !== undefined) return { kind: "gauge", points: pointsFrom(gauge, numberFrom) };
  if (sum !== undefined) {
    const isMonotonic = sum.isMonotonic === true;
    return { kind: "sum", temporality: temporalityOf(sum), isMonotonic, points: pointsFrom(sum, numberFrom) };
  }
  if (histogram !== undefined) {
    const points = pointsFrom(histogram, (point) => ({
      ...summaryFrom(point),
      bucketCounts: point.bucketCounts.map(Number),
      explicitBounds: point.explicitBounds,
    }));
    return { kind: "histogram", temporality: temporalityOf(histogram), points };
  }
  if (exponentialHistogram !== undefined) {
    const points = pointsFrom(exponentialHistogram, (point) => ({
      ...summaryFrom(point),
      scale: point.scale ?? 0,
      zeroCount: Number(point.zeroCount ?? 0),
      positive: bucketsFrom(point.positive),
      negative: bucketsFrom(point.negative),
    }));
    return { kind: "exponentialHistogram", temporality: temporalityOf(exponentialHistogram), points };
  }
  throw new Error(`metric "${name}": it has no data of a known kind`);
}

function pointsFrom<T>({ dataPoints }: WireData, own: (point: WirePoint) => T) {
  return dataPoints.map((point) => ({
    attributes: attributesFrom(point.attributes),
    startTimeUnixNano: BigInt(point.startTimeUnixNano ?? 0),
    timeUnixNano: BigInt(point.timeUnixNano ?? 0),
    ...(point.exemplars.length > 0 && { exemplars: point.exemplars.map(valueOf) }),
    ...own(point),
  }));
}

function numberFrom(point: WirePoint): { value: number } {
  return { value: valueOf(point) };
}

function valueOf({ asDouble, asInt }: Pick<WirePoint, "asDouble" | "asInt">): number {
  return asDouble ?? Number(asInt ?? Number.NaN);
}

function summaryFrom({ count, sum, min, max }: WirePoint) {
  return { count: Number(count ?? 0), sum, min, max };
}

function temporalityOf({ aggregationTemporality = 0 }: WireData): OtlpTemporality {
  return temporalities[aggregationTemporality] ?? "unspecified";
}

function bucketsFrom({ offset = 0, bucketCounts }: WireBuckets = { bucketCounts: [] }): OtlpBuckets {
  return { offset, bucketCounts: bucketCounts.map(Number) };
}

function attributesFrom(pairs: WireAttributes = []): OtlpAttributes {
  return Object.fromEntries(pairs.map(({ key = "", value }) => [key, valueFrom(value)]));
}

function valueFrom(value: WireValue = {}): OtlpValue {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(valueFrom);
  if (value.kvlistValue !== undefined) return attributesFrom(value.kvlistValue.values);
  if (value.bytesValue !== undefined) return Uint8Array.from(value.bytesValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}
