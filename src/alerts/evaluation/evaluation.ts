// Input of an evaluation.
import type { SampleSource } from "../../query/sample-source.ts";
import { type Prepared, prepare } from "../../query/evaluation/prepared.ts";
import type { QueryResult, VectorSeries } from "../../query/result.ts";
import type { Labels } from "../../query/source.ts";
import type { TemplateSample } from "../templates/template.ts";
import type { DataSearch } from "./missing-data.ts";
import type { RecordedSeries } from "./recorded-series.ts";

/** Effect of missing data on alerts: their state is held, they are resolved, or an alert is raised. */
export type MissingData = "hold" | "resolve" | "alert";

/** Input that all evaluations of an engine share. */
export interface EvaluationContext {
  /** Samples, with the series that rules write. */
  readonly source: SampleSource;
  readonly recorded: RecordedSeries;
  /** Searches for data of the recording rules, by the names of their metrics. */
  readonly recordings: ReadonlyMap<string, readonly DataSearch[]>;
  readonly missingData: MissingData;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
}

/** One evaluation of a group. */
export interface Evaluation extends EvaluationContext {
  /** Time of the evaluation, in Unix milliseconds. */
  readonly timeMillis: number;
  /** Time since the evaluation before; 0 at the first. */
  readonly sinceLastMillis: number;
  /** Time that rules are evaluated for: earlier by the group's offset. */
  readonly queryMillis: number;
  /** Maximum number of alerts or series of a rule; 0 without a limit. */
  readonly limit: number;
  /** Whether experimental parts of PromQL are accepted. */
  readonly experimental: boolean;
  readonly signal: AbortSignal;
}

/** The rows of a result. A scalar is one row without labels. Throws for other types. */
export function rowsOf(result: QueryResult): readonly VectorSeries[] {
  if (result.kind === "vector") return result.series;
  if (result.kind === "scalar") return [{ labels: {}, time: result.time, value: result.value }];
  throw new Error("rule result is not a vector or scalar");
}

const MAX_PREPARED = 100;
const preparedByText = new Map<string, Prepared>();

/** Evaluates the query of a template, for the time of the evaluation as Prometheus does, without the offset of the group. */
export function queryForTemplate(
  expression: string,
  { source, timeMillis, experimental, signal }: Evaluation,
): readonly TemplateSample[] | Promise<readonly TemplateSample[]> {
  const key = `${experimental} ${expression}`;
  let prepared = preparedByText.get(key);
  if (prepared === undefined) {
    prepared = prepare(expression, { experimental });
    if (preparedByText.size >= MAX_PREPARED) preparedByText.clear();
    preparedByText.set(key, prepared);
  }
  const result = prepared.at(source, timeMillis, { signal, isWithoutAnnotations: true });
  return result instanceof Promise ? result.then(samplesOf) : samplesOf(result);
}

function samplesOf(result: QueryResult): readonly TemplateSample[] {
  return rowsOf(result).map(({ labels, value }) => ({
    labels,
    value: typeof value === "number" ? value : Number.NaN,
  }));
}
