// Results as JSON, in pieces: a result may have millions of samples.
import { decimalText } from "../evaluation/decimal-text.ts";
import { histogramJson } from "../histograms/text.ts";
import type { NativeHistogram } from "../native-histogram.ts";
import { jsonNumber } from "../number-text.ts";
import type { MatrixSeries, QueryResult, VectorSeries } from "../result.ts";

// Samples between two pieces.
const PIECE = 512;

/** Writes the `data` of an answer, in pieces. `limit` is the maximum number of series. */
export function* resultPieces(result: QueryResult, limit: number = Infinity): Generator<string, void> {
  switch (result.kind) {
    case "scalar":
      // Scalars have no exponent.
      yield `{"resultType":"scalar","result":[${timeJson(result.time)},"${decimalText(result.value)}"]}`;
      return;
    case "string":
      yield `{"resultType":"string","result":[${timeJson(result.time)},${JSON.stringify(result.value)}]}`;
      return;
    case "vector":
      yield `{"resultType":"vector","result":[`;
      yield* listPieces(result.series.slice(0, limit), vectorPieces);
      yield "]}";
      return;
    case "matrix":
      yield `{"resultType":"matrix","result":[`;
      yield* listPieces(result.series.slice(0, limit), matrixPieces);
      yield "]}";
      return;
    default:
      result satisfies never;
  }
}

function* listPieces<Item>(
  items: readonly Item[],
  piecesOf: (item: Item) => Iterable<string>,
): Generator<string, void> {
  for (const [i, item] of items.entries()) {
    if (i > 0) yield ",";
    yield* piecesOf(item);
  }
}

function vectorPieces({ labels, time, value }: VectorSeries): readonly string[] {
  const sample =
    typeof value === "number"
      ? `"value":${sampleJson(time, value)}`
      : `"histogram":${histogramSampleJson(time, value)}`;
  return [`{"metric":${JSON.stringify(labels)},${sample}}`];
}

function* matrixPieces({ labels, times, values, histograms }: MatrixSeries): Generator<string, void> {
  yield `{"metric":${JSON.stringify(labels)}`;
  const isNumber = (i: number): boolean => histograms?.[i] === undefined;
  yield* columnPieces("values", times, isNumber, (i) => sampleJson(times[i]!, values[i]!));
  if (histograms !== undefined) {
    yield* columnPieces(
      "histograms",
      times,
      (i) => !isNumber(i),
      (i) => histogramSampleJson(times[i]!, histograms[i]!),
    );
  }
  yield "}";
}

// Prometheus omits an empty list.
function* columnPieces(
  name: string,
  times: Float64Array,
  has: (i: number) => boolean,
  jsonAt: (i: number) => string,
): Generator<string, void> {
  let text = "";
  let isFirst = true;
  for (let i = 0; i < times.length; i++) {
    if (!has(i)) continue;
    text += `${isFirst ? `,"${name}":[` : ","}${jsonAt(i)}`;
    isFirst = false;
    if (i % PIECE !== PIECE - 1) continue;
    yield text;
    text = "";
  }
  yield isFirst ? "" : `${text}]`;
}

function sampleJson(time: number, value: number): string {
  return `[${timeJson(time)},"${jsonNumber(value)}"]`;
}

function histogramSampleJson(time: number, histogram: NativeHistogram): string {
  return `[${timeJson(time)},${JSON.stringify(histogramJson(histogram))}]`;
}

// Whole seconds, or with all three decimals.
function timeJson(seconds: number): string {
  const millis = Math.round(seconds * 1_000);
  return millis % 1_000 === 0 ? String(millis / 1_000) : (millis / 1_000).toFixed(3);
}
