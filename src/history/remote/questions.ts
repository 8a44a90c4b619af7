// Translation of questions to one expression each, and of its results.
import type { Attributes } from "@opentelemetry/api";
import type { Expression } from "../../query/expression.ts";
import { formatLabels, formatTree } from "../../query/syntax/expression-text.ts";
import { keyOf } from "../comparison.ts";
import { grouped } from "../../query/grouped.ts";
import {
  type AggregateName,
  type Answer,
  type Point,
  type Question,
  QuestionError,
  type Where,
} from "../question.ts";
import {
  expressionOf,
  groupingOf,
  isAddedUpFirst,
  type LabelOf,
  selectorOf,
  unsupported,
} from "../question-expression.ts";
import { problemOfSteps, type QuestionSteps, stepsOf } from "../question-steps.ts";
import { type ResolvedQuestion, resolvedQuestion } from "../resolved-question.ts";
import { listOf, mapOf, type RemoteSeries, SERIES, TEXT } from "./answers.ts";
import { type ApiClient, FRESH, type Parameters } from "./api-client.ts";
import { numberFrom } from "./histogram-json.ts";
import { attributesFrom, type MetricCatalogue, type RemoteMetric, seriesName } from "./metric-catalogue.ts";
import { intervalOfPoints, oldestPoint } from "./stored-times.ts";

const MAX_SERIES = 10_000;
const MAX_POINTS = 2_000_000;
// Limit of evaluation times per window.
const MAX_MOMENTS = 10_000;

interface RemoteQuestion extends ResolvedQuestion {
  readonly aggregate: AggregateName | undefined;
}

/** Questions to the metrics of one server. */
export class RemoteQuestions {
  readonly #client: ApiClient;
  readonly #catalogue: MetricCatalogue;
  #engine: Promise<Engine> | undefined;

  constructor(client: ApiClient, catalogue: MetricCatalogue) {
    this.#client = client;
    this.#catalogue = catalogue;
  }

  /** @throws QuestionError, RemoteHistoryError, or the reason of the question's signal */
  async answer(question: Question): Promise<Answer> {
    const resolved = remoteQuestion(question);
    const { signal } = question;
    const { metric: name, where, by = [] } = resolved;
    const metric = await this.#catalogue.metric(name, signal);
    if (metric === undefined) return { metric: name, unit: "", type: "gauge", series: [] };
    const { type, unit, isTypeKnown } = metric;
    const problem = unsupported(resolved.aggregate, type);
    if (problem !== undefined && isTypeKnown) throw new QuestionError(name, [problem]);
    const keys = [...Object.keys(where), ...by];
    const labelOf = await this.#catalogue.labelOf(metric, keys, signal);
    const results = await this.#results(resolved, metric, labelOf, signal);
    const series = [...grouped(results, (result) => keyOf(result.metric)).values()].map((parts) => ({
      attributes: attributesFrom(parts[0]?.metric ?? {}, keys, labelOf),
      points: parts.flatMap(pointsOf),
    }));
    return { metric: name, unit, type, series: series.filter(({ points }) => points.length > 0) };
  }

  /** The time of a question's oldest point, in seconds. */
  async oldest(question: Question): Promise<number | undefined> {
    const { where, to, metric: name } = remoteQuestion({ ...question, aggregate: "LAST" });
    const { signal } = question;
    const metric = await this.#catalogue.metric(name, signal);
    if (metric === undefined) return undefined;
    const labelOf = await this.#catalogue.labelOf(metric, Object.keys(where), signal);
    const selector = formatTree(selectorOf(seriesName(metric), where, labelOf));
    const millis = await oldestPoint(this.#client, selector, to, signal);
    return millis === undefined ? undefined : millis / 1_000;
  }

  async *series(metric: string, where: Where): AsyncGenerator<Attributes, void, undefined> {
    const known = await this.#catalogue.metric(metric);
    if (known === undefined) return;
    const keys = Object.keys(where);
    const labelOf = await this.#catalogue.labelOf(known, keys);
    const answer = await this.#client.ask("series", listOf(mapOf(TEXT)), {
      "match[]": formatTree(selectorOf(seriesName(known), where, labelOf)),
      start: 1,
      limit: MAX_SERIES + 1,
    });
    this.#checkNumber(answer.data.length);
    for (const labels of answer.data) yield attributesFrom(labels, keys, labelOf);
  }

  async #results(
    question: RemoteQuestion,
    metric: RemoteMetric,
    labelOf: LabelOf,
    signal: AbortSignal | undefined,
  ): Promise<readonly RemoteSeries[]> {
    const { by, to } = question;
    const selector = formatTree(selectorOf(seriesName(metric), question.where, labelOf));
    const from = question.from ?? (await oldestPoint(this.#client, selector, to, signal));
    if (from === undefined) return [];
    const problem = problemOfSteps(question, from);
    if (problem !== undefined) throw new QuestionError(question.metric, [problem]);
    const steps = stepsOf(question, from);
    const { windowMillis } = steps;
    const engine = await this.#engineOnce();
    const interval = isAddedUpFirst(question, metric.type)
      ? await intervalOfPoints(this.#client, selector, { from, to }, signal)
      : 0;
    // Exponential histograms of VictoriaMetrics have `vmrange`.
    const bucketLabels = engine.isVictoriaMetrics ? ["le", "vmrange"] : ["le"];
    const tree = expressionOf(question, metric, {
      labelOf,
      bucketLabels,
      windowMillis: engine.takesBothEnds ? Math.max(windowMillis - 1, 1) : windowMillis,
      wholeMillis: windowMillis,
      sumStepMillis: Math.max(interval, Math.ceil(windowMillis / MAX_MOMENTS)),
    });
    const query = engine.isVictoriaMetrics
      ? escapedText(tree, by && groupingOf(by, labelOf), bucketLabels)
      : formatTree(tree);
    const results: RemoteSeries[] = [];
    let points = 0;
    for (const { path, parameters } of momentsOf(steps, question.step !== undefined)) {
      const exact = question.exact === true && { exact: "true" };
      const all = { query, ...parameters, ...exact, limit: MAX_SERIES + 1, ...FRESH };
      const { data } = await this.#client.ask(path, SERIES, all, signal);
      this.#checkNumber(data.result.length);
      results.push(...data.result);
      points += data.result.reduce((sum, { values = [] }) => sum + values.length, 0);
      if (points > MAX_POINTS) {
        throw this.#client.error(
          `the result has more than ${MAX_POINTS} points; use a shorter range, wider steps or fewer series`,
        );
      }
    }
    return results;
  }

  #checkNumber(series: number): void {
    if (series <= MAX_SERIES) return;
    throw this.#client.error(
      `the result has more than ${MAX_SERIES} series; filter them with \`where\`, or add them up with \`by\``,
    );
  }

  #engineOnce(): Promise<Engine> {
    this.#engine ??= this.#engineBehind().catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
  }

  // By a query that requires no data.
  async #engineBehind(): Promise<Engine> {
    const parameters = { query: ENDS_EXPRESSION, time: 10, nocache: 1 };
    const { data, stats } = await this.#client.ask("query", SERIES, parameters);
    return { takesBothEnds: data.result[0]?.value?.[1] === "3", isVictoriaMetrics: stats !== undefined };
  }
}

/** Differences between servers. */
interface Engine {
  /** Prometheus 2 includes both ends of a range, all others only the later one. */
  readonly takesBothEnds: boolean;
  readonly isVictoriaMetrics: boolean;
}

// Counts steps at 8, 9 and 10 s.
const ENDS_EXPRESSION = "count_over_time(vector(1)[2s:1s])";
// Prometheus returns at most 11,000 points per series.
const MAX_STEPS_AT_ONCE = 10_000;

interface Moments {
  readonly path: "query" | "query_range";
  readonly parameters: Parameters;
}

// The requests that evaluate an expression at all steps.
function momentsOf({ firstEnd, stepMillis, count }: QuestionSteps, hasStep: boolean): readonly Moments[] {
  if (!hasStep) return [{ path: "query", parameters: { time: firstEnd / 1_000 } }];
  const requests: Moments[] = [];
  for (let next = 0; next < count; next += MAX_STEPS_AT_ONCE) {
    const start = firstEnd + next * stepMillis;
    const end = start + (Math.min(MAX_STEPS_AT_ONCE, count - next) - 1) * stepMillis;
    const parameters = { start: start / 1_000, end: end / 1_000, step: stepMillis / 1_000 };
    requests.push({ path: "query_range", parameters });
  }
  return requests;
}

// VictoriaMetrics escapes the labels of a grouping that Prometheus quotes. Within a string, quotes are escaped, so the
// text of a grouping with quotes occurs only as a grouping.
function escapedText(
  tree: Expression,
  by: readonly string[] | undefined,
  bucketLabels: readonly string[],
): string {
  const text = formatTree(tree);
  if (by === undefined) return text;
  return [by, [...by, ...bucketLabels]].reduce((known, labels) => {
    const quoted = formatLabels(labels);
    if (!quoted.includes('"')) return known;
    const escaped = labels.map((label) => label.replaceAll(/\W/gu, String.raw`\$&`));
    return known.replaceAll(quoted, () => `(${escaped.join(", ")})`);
  }, text);
}

function remoteQuestion(question: Question): RemoteQuestion {
  const { aggregate, ...resolved } = resolvedQuestion(question, Date.now());
  if (aggregate !== "POINTS") return { ...resolved, aggregate };
  throw new QuestionError(question.metric, [
    "aggregate must be a name, got a function; remote points are aggregated by the server",
  ]);
}

function pointsOf({
  value,
  values = value === undefined ? [] : [value],
  histograms = [],
}: RemoteSeries): Point[] {
  // Only the count of native histograms.
  const counts = histograms.map(([time, { count }]) => [time, count] as const);
  return [...values, ...counts].flatMap(([time, text]): Point[] => {
    const number = numberFrom(text);
    return Number.isNaN(number) ? [] : [[time, number]];
  });
}
