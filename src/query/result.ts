import type { NativeHistogram } from "./native-histogram.ts";
import type { Labels } from "./source.ts";

/** Result of a query; `kind` decides which. Times are in seconds since the epoch. */
export type QueryResult = {
  /** Warnings and infos, as Prometheus words them: `PromQL info: …`. */
  readonly annotations: readonly string[];
} & (
  | { readonly kind: "scalar"; readonly time: number; readonly value: number }
  | { readonly kind: "string"; readonly time: number; readonly value: string }
  | { readonly kind: "vector"; readonly series: readonly VectorSeries[] }
  | { readonly kind: "matrix"; readonly series: readonly MatrixSeries[] }
);

/** One series of an instant vector. */
export interface VectorSeries {
  readonly labels: Labels;
  readonly time: number;
  readonly value: number | NativeHistogram;
}

/** One series of a matrix: columns of one length. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Defined if the sample is a native histogram: its entry of `values` is NaN. `undefined` without any. */
  readonly histograms?: readonly (NativeHistogram | undefined)[] | undefined;
}
