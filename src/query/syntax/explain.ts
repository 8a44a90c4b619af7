// Explanations of expressions in plain lines.
import type {
  Aggregation,
  Binary,
  Call,
  Expression,
  Matching,
  Selector,
  Subquery,
  TimeShift,
} from "../expression.ts";
import { formatLength, formatRange, formatSelection } from "./expression-text.ts";
import { format } from "./format.ts";
import { formatDuration } from "./number.ts";
import { parse, type ParseOptions } from "./parse.ts";

// The last time that a `Date` can hold.
const MAX_DATE = 8.64e15;

/**
 * Explains how an expression is evaluated: a numbered line for each step, in the order of evaluation.
 *
 * @throws QueryError for a text that cannot be parsed.
 * @example
 * console.log(explain("sum by (job) (rate(http_requests_total[5m]))"));
 * // 1. select http_requests_total: the samples of the last 5m before each time
 * // 2. rate() of 1
 * // 3. sum of 2 by job: one series for each combination of job
 */
export function explain(expression: string | Expression, options: ParseOptions = {}): string {
  const tree = typeof expression === "string" ? parse(expression, options) : expression;
  const steps: string[] = [];
  const last = explained(tree, steps);
  if (steps.length === 0) steps.push(`the constant ${last}`);
  return steps.map((step, i) => `${i + 1}. ${step}`).join("\n");
}

// Adds the steps of an expression; returns the number of the last, or the text of a constant.
function explained(expression: Expression, steps: string[]): string {
  const step = (text: string): string => String(steps.push(text));
  switch (expression.kind) {
    case "number":
    case "string":
      return format(expression);
    case "selector":
      return step(
        `select ${formatSelection(expression)}: the latest sample before each time${shiftText(expression)}`,
      );
    case "range": {
      const { selector } = expression;
      const range = formatRange(expression);
      const samples = `the samples of the last ${range} before each time`;
      return step(`select ${formatSelection(selector)}: ${samples}${shiftText(selector)}`);
    }
    case "subquery":
      return step(subqueryText(expression, explained(expression.expression, steps)));
    case "call":
      return step(callText(expression, steps));
    case "aggregation":
      return step(aggregationText(expression, steps));
    case "binary":
      return step(binaryText(expression, steps));
    case "unary": {
      const operand = explained(expression.expression, steps);
      return expression.operator === "+" ? operand : step(`${operand} with the opposite sign`);
    }
    case "parentheses":
      return explained(expression.expression, steps);
    default:
      return expression satisfies never;
  }
}

function subqueryText(subquery: Subquery, inner: string): string {
  const { stepMillis, stepExpression } = subquery;
  const step =
    stepMillis === undefined ? "at the default step" : `every ${formatLength(stepMillis, stepExpression)}`;
  const range = formatRange(subquery);
  return `evaluate ${inner} ${step} over the last ${range} before each time${shiftText(subquery)}`;
}

function callText({ name, args }: Call, steps: string[]): string {
  const operands = args.map((arg) => explained(arg, steps));
  return operands.length === 0 ? `${name}()` : `${name}() of ${operands.join(", ")}`;
}

function aggregationText(aggregation: Aggregation, steps: string[]): string {
  const { operator, parameter, grouping, isWithout } = aggregation;
  const first = parameter === undefined ? "" : ` ${explained(parameter, steps)}`;
  const start = `${operator}${first} of ${explained(aggregation.expression, steps)}`;
  const labels = grouping.join(", ");
  // These two keep series as they are.
  const isSelection = ["topk", "bottomk", "limitk", "limit_ratio"].includes(operator);
  const groups = isSelection ? "a group" : "one series";
  if (isWithout) {
    return labels === ""
      ? `${start}: ${groups} for each combination of all labels but the name`
      : `${start} without ${labels}: ${groups} for each combination of the other labels`;
  }
  if (labels === "") return `${start}: over all series`;
  return `${start} by ${labels}: ${groups} for each combination of ${labels}`;
}

function binaryText(binary: Binary, steps: string[]): string {
  const left = explained(binary.left, steps);
  const right = explained(binary.right, steps);
  const { operator, matching, returnsBool } = binary;
  const text = `${left} ${operator} ${right}`;
  const isFilter =
    /^(?:[=!]=|[<>](?!\/))/.test(operator) && !returnsBool
      ? ": series for which it does not hold are removed"
      : "";
  const bool = returnsBool ? ": 1 if it holds, otherwise 0" : "";
  return `${text}${isFilter}${bool}${matching === undefined ? "" : `; ${matchingText(matching)}`}`;
}

function matchingText(matching: Matching): string {
  const { left, right } = matching.fill ?? {};
  const filled = [
    ...(left === undefined ? [] : [`${left} for a missing one on the left`]),
    ...(right === undefined ? [] : [`${right} for a missing one on the right`]),
  ];
  return [pairsText(matching), ...filled].join(", ");
}

function pairsText({ cardinality, isOn, labels, include }: Matching): string {
  const same = isOn
    ? labels.length === 0
      ? "all series match each other"
      : `series match if they agree in ${labels.join(", ")}`
    : labels.length === 0
      ? "series match if they agree in all labels but the name"
      : `series match if they agree in all labels but the name and ${labels.join(", ")}`;
  const copied = include.length === 0 ? "" : `, with ${include.join(", ")} of the other side`;
  switch (cardinality) {
    case "one-to-one":
    case "many-to-many":
      return same;
    case "many-to-one":
      return `${same}, many on the left for one on the right${copied}`;
    case "one-to-many":
      return `${same}, one on the left for many on the right${copied}`;
    default:
      return cardinality satisfies never;
  }
}

function shiftText(node: TimeShift & Pick<Selector, "extension">): string {
  const { offsetMillis, offsetExpression, at, extension } = node;
  const own = extension === undefined ? "" : `, ${extension}`;
  const time =
    own +
    (at === undefined ? "" : typeof at === "number" ? `, at ${timeText(at)}` : `, at the ${at} of the range`);
  if (offsetExpression !== undefined)
    return `${time}, ${formatLength(offsetMillis, offsetExpression)} earlier`;
  if (offsetMillis === 0) return time;
  const offset = formatDuration(Math.abs(offsetMillis));
  return `${time}, ${offset} ${offsetMillis > 0 ? "earlier" : "later"}`;
}

function timeText(millis: number): string {
  return Math.abs(millis) <= MAX_DATE ? new Date(millis).toISOString() : `${millis / 1_000} s`;
}
