// Outcomes of queries, in one form for all engines.

/** Outcome of a query; a scalar is one series without labels. */
export type Outcome =
  | { readonly kind: "error"; readonly type: string; readonly message: string }
  | { readonly kind: "string"; readonly value: string; readonly annotations: readonly string[] }
  | {
      readonly kind: "scalar" | "vector" | "matrix";
      readonly series: readonly ResultSeries[];
      readonly annotations: readonly string[];
    };

/** A series of an outcome; times in seconds. */
export interface ResultSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: readonly number[];
  readonly samples: readonly ResultSample[];
}

/** A number or a native histogram. */
export type ResultSample = number | ResultHistogram;

/** A native histogram; `buckets` has those with a count, by bounds. */
export interface ResultHistogram {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly (readonly [lower: number, upper: number, count: number])[];
}

/** An engine of PromQL with samples. Times in seconds. */
export interface QueryEngine {
  instant(expression: string, time: number): Promise<Outcome>;
  range(expression: string, from: number, to: number, step: number): Promise<Outcome>;
}
