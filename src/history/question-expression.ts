// Questions as expressions in PromQL. Local and remote histories evaluate the same ones.
import { isLegacyMetricName } from "../translation/escape-name.ts";
import type { Expression, Selector } from "../query/expression.ts";
import type { Matcher } from "../query/source.ts";
import { literal } from "../query/syntax/quoted-text.ts";
import {
  binaryNode,
  callNode,
  numberNode,
  parenthesesNode,
  rangeNode,
  selectorNode,
  subqueryNode,
  sumNode,
} from "./expression-nodes.ts";
import type { AggregateName, MetricType, Where } from "./question.ts";
import type { ResolvedQuestion } from "./resolved-question.ts";

/** A question whose aggregate is computed by the evaluator. */
export type CompiledQuestion = Pick<ResolvedQuestion, "where" | "by" | "quantile"> & {
  /** `undefined` for the stored points. */
  readonly aggregate: AggregateName | undefined;
};

/** A metric, as an expression names it. */
export interface ExpressedMetric {
  readonly type: MetricType;
  /** Without `_bucket`, `_sum` and `_count` for a classic histogram. */
  readonly name: string;
  /** Whether the series themselves are histograms. */
  readonly isNative: boolean;
}

/** Maps attribute keys to labels. */
export type LabelOf = (key: string) => string;

/** Properties of the evaluating source. */
export interface Dialect {
  readonly labelOf: LabelOf;
  /** Length of a window as the source counts it; it may include both ends. */
  readonly windowMillis: number;
  /** Length of a window without its start. */
  readonly wholeMillis: number;
  /** Interval at which series are added up; `undefined` if the selected series are sums already. */
  readonly sumStepMillis: number | undefined;
  /** Labels that distinguish the buckets of a histogram. */
  readonly bucketLabels: readonly string[];
}

/** Reason for which a metric does not support an aggregate; `undefined` if it does. */
export function unsupported(aggregate: ResolvedQuestion["aggregate"], type: MetricType): string | undefined {
  if (type === "gauge" && isRise(aggregate))
    return `aggregate "${aggregate}" is not supported for gauges; use MEAN, MIN, MAX or LAST`;
  if (type === "histogram" && aggregate === "STDDEV")
    return 'aggregate "STDDEV" is not supported for histograms; use QUANTILE';
  return undefined;
}

/** Whether series are added up before aggregation. */
export function isAddedUpFirst(
  { by, aggregate }: Pick<ResolvedQuestion, "by" | "aggregate">,
  type: MetricType,
): boolean {
  if (by === undefined || isRise(aggregate)) return false;
  return type !== "histogram" || aggregate === undefined || aggregate === "POINTS";
}

/** Compiles a question. The value at the end of each window is the result; a matrix without an aggregate. */
export function expressionOf(
  question: CompiledQuestion,
  metric: ExpressedMetric,
  dialect: Dialect,
): Expression {
  return new Compiler(question, metric, dialect).expression();
}

/** Whether an aggregate is the increase of counters. */
export function isRise(aggregate: ResolvedQuestion["aggregate"]): aggregate is "RATE" | "INCREASE" {
  return aggregate === "RATE" || aggregate === "INCREASE";
}

// At 0, servers divide by 0 if the first bucket is empty.
const LEAST_QUANTILE = 1e-15;

type OverTime = Exclude<AggregateName, "RATE" | "INCREASE" | "QUANTILE">;

const OVER_TIME = {
  MEAN: "avg_over_time",
  SUM: "sum_over_time",
  MIN: "min_over_time",
  MAX: "max_over_time",
  COUNT: "count_over_time",
  LAST: "last_over_time",
  STDDEV: "stddev_over_time",
} as const satisfies Readonly<Record<OverTime, string>>;

class Compiler {
  readonly #question: CompiledQuestion;
  readonly #metric: ExpressedMetric;
  readonly #dialect: Dialect;

  constructor(question: CompiledQuestion, metric: ExpressedMetric, dialect: Dialect) {
    this.#question = question;
    this.#metric = metric;
    this.#dialect = dialect;
  }

  expression(): Expression {
    const { aggregate } = this.#question;
    if (this.#metric.type === "histogram") return this.#ofHistogram();
    return isRise(aggregate) ? this.#scaled(this.#addedUp(this.#increase(""))) : this.#overTime("");
  }

  // Count, sum and buckets are counters; their increase in the window is a histogram.
  #ofHistogram(): Expression {
    const { aggregate, quantile } = this.#question;
    switch (aggregate) {
      case "LAST": {
        const last = callNode(
          "last_over_time",
          rangeNode(this.#selector("_count"), this.#dialect.windowMillis),
        );
        return this.#addedUp(this.#metric.isNative ? callNode("histogram_count", last) : last);
      }
      case "COUNT":
      case "INCREASE":
      case "RATE":
        return this.#scaled(this.#rise("_count"));
      case "SUM":
        return this.#rise("_sum");
      case "MEAN":
        return binaryNode("/", this.#rise("_sum"), this.#rise("_count"));
      case "MIN":
        return this.#quantile(0);
      case "MAX":
        return this.#quantile(1);
      case "QUANTILE":
        return this.#quantile(quantile);
      case "STDDEV":
      case undefined:
        return this.#overTime("_count");
      default:
        return aggregate satisfies never;
    }
  }

  #overTime(suffix: "" | "_count"): Expression {
    const { aggregate, by, quantile } = this.#question;
    const { windowMillis, sumStepMillis } = this.#dialect;
    const selector = this.#selector(suffix);
    const range =
      by === undefined || sumStepMillis === undefined
        ? rangeNode(selector, windowMillis)
        : subqueryNode(parenthesesNode(this.#addedUp(selector)), windowMillis, sumStepMillis);
    if (aggregate === undefined || isRise(aggregate)) return range;
    if (aggregate === "QUANTILE") return callNode("quantile_over_time", numberNode(quantile), range);
    return callNode(OVER_TIME[aggregate], range);
  }

  #rise(suffix: "_count" | "_sum"): Expression {
    const increase = this.#increase(suffix);
    const part = suffix === "_count" ? "histogram_count" : "histogram_sum";
    return this.#addedUp(this.#metric.isNative ? callNode(part, increase) : increase);
  }

  #quantile(quantile: number): Expression {
    const { by } = this.#question;
    const { labelOf, bucketLabels } = this.#dialect;
    const rise = this.#increase("_bucket");
    const labels = [...groupingOf(by ?? [], labelOf), ...(this.#metric.isNative ? [] : bucketLabels)];
    const rank = numberNode(Math.max(quantile, LEAST_QUANTILE));
    return callNode("histogram_quantile", rank, by === undefined ? rise : sumNode(labels, rise));
  }

  // Not `rate`, which VictoriaMetrics divides by the time between points.
  #scaled(increase: Expression): Expression {
    if (this.#question.aggregate !== "RATE") return increase;
    return binaryNode("/", increase, numberNode(this.#dialect.wholeMillis / 1_000));
  }

  #increase(suffix: Suffix): Expression {
    return callNode("increase", rangeNode(this.#selector(suffix), this.#dialect.windowMillis));
  }

  #addedUp(expression: Expression): Expression {
    const { by } = this.#question;
    return by === undefined ? expression : sumNode(groupingOf(by, this.#dialect.labelOf), expression);
  }

  #selector(suffix: Suffix): Selector {
    const { name, isNative } = this.#metric;
    return selectorOf(isNative ? name : name + suffix, this.#question.where, this.#dialect.labelOf);
  }
}

/** Labels of `by`. */
export function groupingOf(by: readonly string[], labelOf: LabelOf): readonly string[] {
  return [...new Set(by.map(labelOf))];
}

type Suffix = "" | "_bucket" | "_count" | "_sum";

/** A selector such as `messages_sent_total{messaging_system_name="nats"}`. */
export function selectorOf(name: string, where: Where, labelOf: LabelOf): Selector {
  const metric = { label: "__name__", operator: "=", value: name.toWellFormed() } as const;
  const matchers = Object.entries(where).map(([key, wanted]): Matcher => {
    const label = labelOf(key).toWellFormed();
    if (typeof wanted === "string") return { label, operator: "=", value: wanted.toWellFormed() };
    if ("not" in wanted) return { label, operator: "!=", value: wanted.not.toWellFormed() };
    const pattern = wanted.map((each) => literal(each.toWellFormed())).join("|");
    // Without values it matches no series.
    return { label, operator: "=~", value: wanted.length === 0 ? String.raw`[^\s\S]` : pattern };
  });
  return selectorNode(isLegacyMetricName(name) ? name : undefined, [metric, ...matchers]);
}
