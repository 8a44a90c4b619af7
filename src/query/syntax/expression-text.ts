// The canonical text of an expression, as Prometheus prints short ones: on one line.
import type { Binary, Expression, Matching, Selector, TimeShift } from "../expression.ts";
import type { Matcher } from "../source.ts";
import { RESERVED_WORDS } from "./label-list.ts";
import { formatDuration } from "./number.ts";
import { quoteText } from "./quoted-text.ts";

const NAME = /^[A-Za-z_:][\w:]*$/;
const LABEL = /^[A-Za-z_]\w*$/;
// In lists, the words of numbers are not names, but names may have colons.
const LISTED_LABEL = /^(?!(?:inf|nan)$)[a-z_:][\w:]*$/i;

/** The canonical text of a tree. `textOf` returns those of its parts. */
export function formatTree(
  expression: Expression,
  textOf: (part: Expression) => string = (part) => formatTree(part),
): string {
  switch (expression.kind) {
    case "number":
      return expression.isDuration
        ? formatDuration(expression.value * 1_000)
        : formatNumber(expression.value);
    case "string":
      return quoteText(expression.value);
    case "selector":
      return `${formatSelection(expression)}${formatShift(expression)}`;
    case "range": {
      const { selector, rangeMillis } = expression;
      return `${formatSelection(selector)}[${formatDuration(rangeMillis)}]${formatShift(selector)}`;
    }
    case "subquery": {
      const { rangeMillis, stepMillis } = expression;
      const step = stepMillis === undefined ? "" : formatDuration(stepMillis);
      const brackets = `[${formatDuration(rangeMillis)}:${step}]`;
      return `${textOf(expression.expression)}${brackets}${formatShift(expression)}`;
    }
    case "call":
      return `${expression.name}(${expression.args.map((arg) => textOf(arg)).join(", ")})`;
    case "aggregation": {
      const { operator, grouping, isWithout, parameter } = expression;
      const clause = isWithout ? " without " : " by ";
      const labels = isWithout || grouping.length > 0 ? `${clause}${formatLabels(grouping)} ` : "";
      const first = parameter === undefined ? "" : `${textOf(parameter)}, `;
      return `${operator}${labels}(${first}${textOf(expression.expression)})`;
    }
    case "binary":
      return `${formatLeft(expression, textOf)} ${formatOperator(expression)} ${textOf(expression.right)}`;
    case "unary":
      return `${expression.operator}${textOf(expression.expression)}`;
    case "parentheses":
      return `(${textOf(expression.expression)})`;
    default:
      return expression satisfies never;
  }
}

/** Formats a selector without `offset` and `@`. */
export function formatSelection({ name, matchers }: Selector): string {
  const names = matchers.filter(({ label }) => label === "__name__");
  const isOutside =
    name !== undefined && names.length === 1 && NAME.test(name) && !RESERVED_WORDS.has(name.toLowerCase());
  const others = (isOutside ? matchers.filter(({ label }) => label !== "__name__") : matchers)
    .map(formatMatcher)
    .toSorted();
  const outside = isOutside ? name : "";
  return others.length === 0 ? outside : `${outside}{${others.join(",")}}`;
}

/** Formats labels in parentheses: `(job, "service.name")`. */
export function formatLabels(labels: readonly string[]): string {
  return `(${labels.map((label) => (LISTED_LABEL.test(label) ? label : quoteText(label))).join(", ")})`;
}

function formatMatcher({ label, operator, value }: Matcher): string {
  return `${formatLabel(label)}${operator}${quoteText(value)}`;
}

function formatLabel(label: string): string {
  return LABEL.test(label) ? label : quoteText(label);
}

// A sign would apply to the whole power.
function formatLeft({ operator, left }: Binary, textOf: (part: Expression) => string): string {
  const isInfinite = left.kind === "number" && left.value === Number.POSITIVE_INFINITY;
  return operator === "^" && isInfinite ? "Inf" : textOf(left);
}

function formatOperator({ operator, returnsBool, matching }: Binary): string {
  return `${operator}${returnsBool ? " bool" : ""}${matching === undefined ? "" : formatMatching(matching)}`;
}

/** Formats `on`, `ignoring` and the group clause, each after a space; empty without them. */
export function formatMatching({ cardinality, isOn, labels, include }: Matching): string {
  const isGrouped = cardinality === "many-to-one" || cardinality === "one-to-many";
  if (!isOn && labels.length === 0 && !isGrouped) return "";
  const clause = ` ${isOn ? "on" : "ignoring"} ${formatLabels(labels)}`;
  if (!isGrouped) return clause;
  const group = cardinality === "many-to-one" ? "group_left" : "group_right";
  return `${clause} ${group} ${formatLabels(include)}`;
}

/** Formats `@` and `offset`, each after a space; empty without them. */
export function formatShift({ offsetMillis, at }: TimeShift): string {
  const time = typeof at === "number" ? (at / 1_000).toFixed(3) : `${at ?? ""}()`;
  const atText = at === undefined ? "" : ` @ ${time}`;
  return offsetMillis === 0 ? atText : `${atText} offset ${formatDuration(offsetMillis)}`;
}

// The shortest decimal text that is read as the same number, without an exponent.
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "", exponent] = String(Math.abs(value)).split("e");
  if (exponent === undefined) return `${sign}${mantissa}`;
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = `${whole}${fraction}`;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0")}`;
}
