import { diag, ROOT_CONTEXT, trace, type Span, TraceFlags, ValueType } from "@opentelemetry/api";
import { AggregationTemporality, type Exemplar, type ExemplarReservoir } from "tachymeter/metrics";
import { OtlpEncoder } from "../../src/readers/otlp/encode/index.ts";
import { beforeEach, expect, test } from "vitest";
import type { SeriesVisitor } from "../../src/engine/collection/series-source.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { deltaReader, OpenReader, ourProvider } from "./our-provider.ts";

beforeEach(() => diag.disable());

const spanContext = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const sampled = trace.setSpan(
  ROOT_CONTEXT,
  trace.wrapSpanContext({ ...spanContext, traceFlags: TraceFlags.SAMPLED }),
);

test("a span without a context makes no exemplar, and no error", async () => {
  const { meter, points } = ourProvider();
  const counter = meter.createCounter("c");
  const bound = counter.bind();
  for (const spanContextOf of [() => undefined, () => fail()]) {
    const span: Span = trace.wrapSpanContext({ ...spanContext, traceFlags: TraceFlags.SAMPLED });
    Reflect.set(span, "spanContext", spanContextOf);
    counter.add(1, {}, trace.setSpan(ROOT_CONTEXT, span));
    bound.add(1, trace.setSpan(ROOT_CONTEXT, span));
  }
  expect(await points("c")).toEqual([[{}, 4]]);
});

test("exemplars of integers are integers, and dropped values have none", () => {
  const reader = new OpenReader();
  const { meter, provider } = ourProvider({}, reader);
  const delta = new OpenReader(AggregationTemporality.DELTA);
  provider.addReader(delta);
  const gauge = meter.createGauge("g", { valueType: ValueType.INT });
  const bound = gauge.bind({ bound: true });
  gauge.record(1.5, {}, sampled);
  bound.record(2.5, sampled);
  for (const { producer } of [reader, delta]) expect(exemplarsIn(producer)).toEqual([[2], [1]]);
  gauge.record(Number.NaN, {}, sampled);
  bound.record(Infinity, sampled);
  expect(exemplarsIn(delta.producer)).toEqual([]);
  gauge.record(3, {}, sampled);
  gauge.record(Number.NaN, { other: true }, sampled);
  expect(exemplarsIn(delta.producer)).toEqual([[3]]);
});

test("a delta collection keeps the exemplars of series whose rows were reused", () => {
  const { meter, reader } = ourProvider({ cardinalityLimit: 1 }, deltaReader());
  const counter = meter.createCounter("c");
  counter.add(1, { i: 1 }, sampled);
  const exemplars = exemplarsLaterIn(reader.producer);
  counter.add(2, { i: 2 }, sampled);
  expect(exemplars()).toEqual([[1]]);
  expect(exemplarsIn(reader.producer)).toEqual([[2]]);
});

test("exemplars of an application's reservoir that lack a field are left out, and do not fail the export", () => {
  const warnings = collectWarnings();
  const complete = { value: 1, timestamp: [1, 0], filteredAttributes: {} };
  const { timestamp: _, ...withoutTime } = complete;
  const { filteredAttributes: __, ...withoutAttributes } = complete;
  const returned = [complete, withoutTime, withoutAttributes, { ...complete, value: undefined }, null];
  const exemplarReservoir = (): ExemplarReservoir => {
    const reservoir = { offer: () => {}, collect: () => [] };
    return Object.assign(reservoir, { collect: () => returned });
  };
  const views = [{ instrumentName: "c", exemplarReservoir }];
  const { meter, reader } = ourProvider({ views, exemplarFilter: "always_on" });
  meter.createCounter("c").add(1);
  expect(exemplarsIn(reader.producer)).toEqual([[1]]);
  expect(new OtlpEncoder().encodeSync(reader.producer.collectSync())).toHaveLength(1);
  expect(warnings).toHaveLength(1);
});

function fail(): never {
  throw new Error("broken");
}

/** The values of each series' exemplars. */
function exemplarsIn(producer: OpenReader["producer"]): number[][] {
  return exemplarsLaterIn(producer)();
}

// Collects now, and walks when `walk` is called.
function exemplarsLaterIn(producer: OpenReader["producer"]): () => number[][] {
  const { metrics } = producer.collectSync();
  const metric = metrics.find(({ scope }) => scope.name === "test");
  return () => {
    const seen: (readonly Exemplar[])[] = [];
    const visitor: SeriesVisitor = {
      series: (_cells, _offset, row) => void seen.push(metric!.series.exemplarsOf(row)),
    };
    metric?.series.visit(0, metric.series.length, visitor);
    return seen.map((exemplars) => exemplars.map(({ value }) => value));
  };
}
