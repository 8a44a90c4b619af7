// Arbitrary `ResourceMetrics` of a provider: all kinds, both temporalities, unusual attributes, exemplars, exact times.
import { type Attributes, type HrTime, ValueType } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import fc from "fast-check";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Exemplar,
  type ExponentialHistogram,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from "tachymeter/metrics";

/** Well-formed strings of all scripts. */
const text = fc.string({ unit: "binary", maxLength: 12 });

// 0 and -0 are the same attribute value.
const attributeNumber = fc
  .oneof(fc.integer(), fc.maxSafeInteger(), fc.double(), fc.constantFrom(2 ** 62, -(2 ** 63), 2 ** 63, NaN))
  .map((value) => (value === 0 ? 0 : value));

/** Attributes with values of every kind. */
export const randomAttributes: fc.Arbitrary<Attributes> = fc.dictionary(
  text,
  fc.oneof(
    text,
    attributeNumber,
    fc.boolean(),
    fc.array(fc.option(text), { maxLength: 3 }),
    fc.array(fc.option(attributeNumber), { maxLength: 3 }),
    fc.array(fc.option(fc.boolean()), { maxLength: 3 }),
  ),
  { maxKeys: 4, noNullPrototype: true },
);

// Until the year 2554, in which 64 bits of nanoseconds end.
const time: fc.Arbitrary<HrTime> = fc.tuple(
  fc.integer({ min: 0, max: 18_446_744_072 }),
  fc.integer({ min: 0, max: 999_999_999 }),
);

const count = fc.oneof(fc.nat(), fc.maxSafeInteger().map(Math.abs), fc.constantFrom(2 ** 53, 2 ** 60));
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** The value of a number. */
function values(valueType: ValueType): fc.Arbitrary<number> {
  return valueType === ValueType.INT ? fc.maxSafeInteger().map((value) => value + 0) : fc.double();
}

function exemplars(valueType: ValueType): fc.Arbitrary<Exemplar[]> {
  const hex = (length: number) =>
    fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => Buffer.from(bytes).toString("hex"));
  return fc.array(
    fc.record(
      {
        filteredAttributes: randomAttributes,
        value: values(valueType),
        timestamp: time,
        traceId: hex(16),
        spanId: hex(8),
      },
      { requiredKeys: ["filteredAttributes", "value", "timestamp"], noNullPrototype: true },
    ),
    { maxLength: 2 },
  );
}

function points<Value>(value: fc.Arbitrary<Value>, valueType: ValueType): fc.Arbitrary<DataPoint<Value>[]> {
  const point = fc
    .tuple(
      fc.record(
        { attributes: randomAttributes, startTime: time, endTime: time, value },
        { noNullPrototype: true },
      ),
      exemplars(valueType),
    )
    .map(([given, sampled]) => (sampled.length === 0 ? given : { ...given, exemplars: sampled }));
  return fc.array(point, { minLength: 1, maxLength: 4 });
}

interface Shape {
  readonly hasSum: boolean;
  readonly hasMinMax: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.record({ hasSum: fc.boolean(), hasMinMax: fc.boolean() });

function summary({ hasSum, hasMinMax }: Shape) {
  return fc.record({
    sum: hasSum ? finite : fc.constant(undefined),
    min: hasMinMax ? finite : fc.constant(undefined),
    max: hasMinMax ? finite : fc.constant(undefined),
    count,
  });
}

// The data points of one metric have the same `parts`, as those of one instrument do.
function histograms({ hasSum, hasMinMax }: Shape, boundaries: number[]): fc.Arbitrary<Histogram> {
  return fc
    .tuple(
      summary({ hasSum, hasMinMax }),
      fc.array(count, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 }),
    )
    .map(([parts, counts]) => ({ ...defined(parts), buckets: { boundaries, counts } }));
}

function exponentialHistograms(parts: Shape): fc.Arbitrary<ExponentialHistogram> {
  const range = fc
    .record({
      offset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      bucketCounts: fc.array(count, { maxLength: 5 }),
    })
    // Without buckets there is no first one.
    .map(({ offset, bucketCounts }) => ({ offset: bucketCounts.length === 0 ? 0 : offset, bucketCounts }));
  return fc
    .tuple(
      summary(parts),
      fc.record({
        scale: fc.integer({ min: -10, max: 20 }),
        zeroCount: count,
        positive: range,
        negative: range,
      }),
    )
    .map(([known, rest]) => ({ ...defined(known), ...rest }));
}

interface Summary {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
}

function defined({ count: total, sum, min, max }: Summary) {
  return {
    count: total,
    ...(sum !== undefined && { sum }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  };
}

const metric: fc.Arbitrary<MetricData> = fc
  .record({
    name: text,
    description: text,
    unit: text,
    valueType: fc.constantFrom(ValueType.INT, ValueType.DOUBLE),
    temporality: fc.constantFrom(AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA),
    parts: shape,
    boundaries: fc.uniqueArray(finite, { maxLength: 4 }).map((bounds) => bounds.toSorted((a, b) => a - b)),
  })
  .chain(({ temporality: aggregationTemporality, parts, boundaries, ...descriptor }) => {
    const common = { descriptor, aggregationTemporality };
    const { valueType } = descriptor;
    const numbers = points(values(valueType), valueType);
    const sum = fc.tuple(numbers, fc.boolean()).map(([dataPoints, isMonotonic]): MetricData => {
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic, dataPoints };
    });
    const gauge = numbers.map((dataPoints): MetricData => {
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
    });
    const histogram = points(histograms(parts, boundaries), valueType).map((dataPoints): MetricData => {
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    });
    const exponential = points(exponentialHistograms(parts), valueType).map((dataPoints): MetricData => {
      return { ...common, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM, dataPoints };
    });
    return fc.oneof(sum, gauge, histogram, exponential);
  });

const scopeMetrics: fc.Arbitrary<ScopeMetrics> = fc.record({
  scope: fc.record(
    { name: text, version: text, schemaUrl: text, attributes: randomAttributes },
    { requiredKeys: ["name"], noNullPrototype: true },
  ),
  metrics: fc.array(metric, { minLength: 1, maxLength: 3 }),
});

/** The result of one collection. */
export const randomMetrics: fc.Arbitrary<ResourceMetrics> = fc
  .record({
    attributes: randomAttributes,
    schemaUrl: fc.option(text, { nil: undefined }),
    scopes: fc.array(scopeMetrics, { maxLength: 3 }),
  })
  .map(({ attributes, schemaUrl, scopes }) => ({
    resource: resourceFromAttributes(attributes, schemaUrl === undefined ? {} : { schemaUrl }),
    scopeMetrics: scopes,
  }));
