// The canonical text of an expression, as Prometheus prints short ones: on one line.
import type {
  Binary,
  DurationExpression,
  Expression,
  Fill,
  Matching,
  Selector,
  TimeShift,
} from "../expression.ts";
import { jsonNumber } from "../number-text.ts";
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
      const { selector } = expression;
      return `${formatSelection(selector)}[${formatRange(expression)}]${formatShift(selector, true)}`;
    }
    case "subquery": {
      const { stepMillis, stepExpression } = expression;
      const step = stepMillis === undefined ? "" : formatLength(stepMillis, stepExpression);
      const brackets = `[${formatRange(expression)}:${step}]`;
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

function formatLeft({ operator, left }: Binary, textOf: (part: Expression) => string): string {
  // A sign would apply to the whole power.
  if (operator === "^" && left.kind === "number" && left.value === Number.POSITIVE_INFINITY) return "Inf";
  const text = textOf(left);
  if (!endsInOffset(left)) return text;
  // The operator would continue the arithmetic of an offset in parentheses, unless that has a sign.
  const at = text.lastIndexOf(" offset (") + " offset ".length;
  return `${text.slice(0, at)}+${text.slice(at)}`;
}

// Whether the text ends in an offset in parentheses.
function endsInOffset(node: Expression): boolean {
  switch (node.kind) {
    case "selector":
    case "subquery":
      return node.offsetExpression?.kind === "duration" && node.offsetExpression.isWrapped;
    case "range":
      return endsInOffset(node.selector);
    case "binary":
      return endsInOffset(node.right);
    case "unary":
      return endsInOffset(node.expression);
    default:
      return false;
  }
}

function formatOperator({ operator, returnsBool, matching }: Binary): string {
  return `${operator}${returnsBool ? " bool" : ""}${matching === undefined ? "" : formatMatching(matching)}`;
}

/** Formats `on`, `ignoring`, the group clause and `fill`, each after a space; empty without them. */
export function formatMatching({ cardinality, isOn, labels, include, fill }: Matching): string {
  const filled = fill === undefined ? "" : formatFill(fill);
  const isGrouped = cardinality === "many-to-one" || cardinality === "one-to-many";
  if (!isOn && labels.length === 0 && !isGrouped) return filled;
  const clause = ` ${isOn ? "on" : "ignoring"} ${formatLabels(labels)}`;
  if (!isGrouped) return `${clause}${filled}`;
  const group = cardinality === "many-to-one" ? "group_left" : "group_right";
  return `${clause} ${group} ${formatLabels(include)}${filled}`;
}

function formatFill({ left, right }: Fill): string {
  const part = (name: string, value: number | undefined): string =>
    value === undefined ? "" : ` ${name} (${jsonNumber(value)})`;
  return left === right ? part("fill", left) : `${part("fill_left", left)}${part("fill_right", right)}`;
}

// `anchored` or `smoothed`, `@` and `offset`, each after a space; empty without them. The order is that of Prometheus.
function formatShift(node: TimeShift & Pick<Selector, "extension">, isOfRange = false): string {
  const { offsetMillis, offsetExpression, at, extension } = node;
  const time = typeof at === "number" ? (at / 1_000).toFixed(3) : `${at ?? ""}()`;
  const parts = [extension === undefined ? "" : ` ${extension}`, at === undefined ? "" : ` @ ${time}`];
  const before = (isOfRange ? parts : parts.toReversed()).join("");
  const hasOffset = offsetMillis !== 0 || offsetExpression !== undefined;
  return hasOffset ? `${before} offset ${formatLength(offsetMillis, offsetExpression)}` : before;
}

/** Formats the range of a selector or subquery. */
export function formatRange(node: {
  readonly rangeMillis: number;
  readonly rangeExpression?: DurationExpression | undefined;
}): string {
  return formatLength(node.rangeMillis, node.rangeExpression);
}

/** Formats a duration. */
export function formatLength(millis: number, expression: DurationExpression | undefined): string {
  return expression === undefined ? formatDuration(millis) : formatOperation(expression);
}

function formatOperation(expression: DurationExpression): string {
  if (expression.kind === "number") return formatTree(expression);
  const { operator, left, right, isWrapped } = expression;
  const [first, second] = [left && formatOperation(left), right && formatOperation(right)];
  const text =
    second === undefined
      ? `${operator}()`
      : operator === "min_of" || operator === "max_of"
        ? `${operator}(${first ?? ""}, ${second})`
        : first === undefined
          ? `${operator === "-" ? "-" : ""}${second}`
          : `${first} ${operator} ${second}`;
  return isWrapped ? `(${text})` : text;
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
