import type { NativeHistogram } from "./native-histogram.ts";
import type { Labels } from "./source.ts";

/** Result of a query; `kind` decides which. Times are in seconds since the epoch. */
export type QueryResult = {
  /** Warnings and infos, as Prometheus words them: `PromQL info: …`. */
  readonly annotations: readonly string[];
} & (
  | {
      /** Always `scalar`. */
      readonly kind: "scalar";
      /** Time of the evaluation. */
      readonly time: number;
      /** The value. */
      readonly value: number;
    }
  | {
      /** Always `string`. */
      readonly kind: "string";
      /** Time of the evaluation. */
      readonly time: number;
      /** The value. */
      readonly value: string;
    }
  | {
      /** Always `vector`. */
      readonly kind: "vector";
      /** The series of the result. */
      readonly series: readonly VectorSeries[];
    }
  | {
      /** Always `matrix`. */
      readonly kind: "matrix";
      /** The series of the result. */
      readonly series: readonly MatrixSeries[];
    }
);

/** One series of an instant vector. */
export interface VectorSeries {
  /** Labels of the series. */
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly time: number;
  /** The value. */
  readonly value: number | NativeHistogram;
}

/** One series of a matrix: columns of one length. */
export interface MatrixSeries {
  /** Labels of the series. */
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly times: Float64Array;
  /** The values. */
  readonly values: Float64Array;
  /** Defined if the sample is a native histogram: its entry of `values` is NaN. `undefined` without any. */
  readonly histograms?: readonly (NativeHistogram | undefined)[] | undefined;
}
