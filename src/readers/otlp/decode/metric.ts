// One metric of an OTLP request.
import { ValueType } from "@opentelemetry/api";
import type { MetricData } from "../../../engine/index.ts";
import { AggregationTemporality, DataPointType } from "../../../engine/sdk-values.ts";
import { ProtobufError, type ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";
import { type DecodedPoint, readExponentialPoint, readHistogramPoint, readNumberPoint } from "./points.ts";

/** Reads a `Metric`. */
export function readMetric(message: ProtobufReader): MetricData {
  const texts = { name: "", description: "", unit: "" };
  let metricFrom: ((texts: Texts) => MetricData) | undefined;
  while (message.next()) {
    switch (message.field) {
      case 1:
        texts.name = message.text();
        break;
      case 2:
        texts.description = message.text();
        break;
      case 3:
        texts.unit = message.text();
        break;
      case 5:
        metricFrom = readGauge(message.message());
        break;
      case 7:
        metricFrom = readSum(message.message());
        break;
      case 9:
        metricFrom = readHistogram(message.message());
        break;
      case 10:
        metricFrom = readExponentialHistogram(message.message());
        break;
      default:
    }
  }
  if (metricFrom === undefined)
    throw new ProtobufError(`metric "${texts.name}": it is no sum, gauge or histogram`);
  return metricFrom(texts);
}

interface Texts {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

function readGauge(message: ProtobufReader): (texts: Texts) => MetricData {
  const { common, dataPoints } = readData(message, readNumberPoint);
  return (texts) => ({ ...common(texts), dataPointType: DataPointType.GAUGE, dataPoints });
}

function readSum(message: ProtobufReader): (texts: Texts) => MetricData {
  const { common, dataPoints, isMonotonic } = readData(message, readNumberPoint);
  return (texts) => ({ ...common(texts), dataPointType: DataPointType.SUM, dataPoints, isMonotonic });
}

function readHistogram(message: ProtobufReader): (texts: Texts) => MetricData {
  const { common, dataPoints } = readData(message, readHistogramPoint);
  return (texts) => ({ ...common(texts), dataPointType: DataPointType.HISTOGRAM, dataPoints });
}

function readExponentialHistogram(message: ProtobufReader): (texts: Texts) => MetricData {
  const { common, dataPoints } = readData(message, readExponentialPoint);
  return (texts) => ({ ...common(texts), dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints });
}

interface Data<Value> {
  readonly dataPoints: DecodedPoint<Value>["point"][];
  readonly isMonotonic: boolean;
  readonly common: (texts: Texts) => Pick<MetricData, "descriptor" | "aggregationTemporality">;
}

// `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram` have the same fields, as far as they have them.
function readData<Value>(
  message: ProtobufReader,
  readPoint: (message: ProtobufReader) => DecodedPoint<Value>,
): Data<Value> {
  const dataPoints: DecodedPoint<Value>["point"][] = [];
  let aggregationTemporality = AggregationTemporality.CUMULATIVE;
  let isMonotonic = false;
  let isInt = false;
  while (message.next()) {
    switch (message.field) {
      case 1: {
        const decoded = readPoint(message.message());
        dataPoints.push(decoded.point);
        isInt ||= decoded.isInt;
        break;
      }
      case 2:
        if (message.varint() === DELTA) aggregationTemporality = AggregationTemporality.DELTA;
        break;
      case 3:
        isMonotonic = message.varint() !== 0;
        break;
      default:
    }
  }
  const valueType = isInt ? ValueType.INT : ValueType.DOUBLE;
  return {
    dataPoints,
    isMonotonic,
    common: (texts) => ({ descriptor: { ...texts, valueType }, aggregationTemporality }),
  };
}

// Of OTLP's own enumeration.
const DELTA = 1;
