// Work that an evaluation saves if its annotations are not wanted, as for rules. The result stays the same.
import type { Binary, Expression, Selector } from "../expression.ts";
import { formatTree } from "../syntax/expression-text.ts";
import { partsOf } from "../syntax/tree-parts.ts";
import { ABSENT, type Frame } from "./frame.ts";
import type { LoadedSeries } from "./loaded-series.ts";
import { metricNameOf } from "./matchers.ts";
import { isComparison, isSetOperator } from "./operators.ts";
import { selectorsOf } from "./spans.ts";

/** Parts of expressions whose evaluation can be saved. */
export interface SavedParts {
  /** The first of several equal parts with the type vector, by each of them. */
  readonly firstEqual: ReadonlyMap<Expression, Expression>;
  /** Right operands that are not needed if the left one has no value: no evaluation of them fails. */
  readonly skippable: ReadonlySet<Expression>;
  /** Names of metrics that change between the evaluations of two expressions. */
  readonly changing: ReadonlySet<string>;
}

/**
 * Finds the parts of expressions whose evaluation can be saved. The expressions are evaluated at the same times, one after
 * the other. Parts of two expressions are equal only if their selectors name metrics that are not in `changing`.
 */
export function savedParts(
  expressions: readonly Expression[],
  changing: ReadonlySet<string> = new Set(),
): SavedParts {
  const firsts = new Map<string, Expression>();
  const firstEqual = new Map<Expression, Expression>();
  const skippable = new Set<Expression>();
  const texts = new Map<Expression, string>();
  const textOf = (node: Expression): string => {
    const known = texts.get(node);
    if (known !== undefined) return known;
    const isExact = node.kind === "call" && node.isExact === true;
    const text = `${isExact ? "exact " : ""}${formatTree(node, textOf)}`;
    texts.set(node, text);
    return text;
  };
  for (const [i, expression] of expressions.entries()) {
    const isConstant = areConstant(expression, changing);
    for (const node of nodesOf(expression)) {
      if (node.kind === "binary" && isSkippable(node)) skippable.add(node.right);
      if (node.type !== "vector" || node.kind === "parentheses") continue;
      const text = textOf(node);
      const key = isConstant || areConstant(node, changing) ? text : `${i} ${text}`;
      const first = firsts.get(key);
      if (first === undefined) firsts.set(key, node);
      else firstEqual.set(first, first).set(node, first);
    }
  }
  return { firstEqual, skippable, changing };
}

/** Whether a selector names a metric that is not in `changing`. */
export function isOfConstant({ matchers }: Selector, changing: ReadonlySet<string>): boolean {
  const name = metricNameOf(matchers);
  return name !== undefined && !changing.has(name);
}

/** The saved parts of one evaluation, or of several at the same steps and without annotations. */
export class Shortcuts {
  readonly #parts: SavedParts;
  readonly #frames = new Map<Expression, Frame>();
  readonly #series = new Map<string, readonly LoadedSeries[]>();

  constructor(parts: SavedParts) {
    this.#parts = parts;
  }

  /** The result of an equal part that was evaluated before. */
  known(node: Expression): Frame | undefined {
    const first = this.#parts.firstEqual.get(node);
    return first && this.#frames.get(first);
  }

  keep(node: Expression, frame: Frame): void {
    const first = this.#parts.firstEqual.get(node);
    if (first !== undefined) this.#frames.set(first, frame);
  }

  /** The series of a selection that was loaded before, by its key. */
  knownSeries(key: string): readonly LoadedSeries[] | undefined {
    return this.#series.get(key);
  }

  keepSeries(key: string, [selector]: readonly Selector[], series: readonly LoadedSeries[]): void {
    if (selector !== undefined && isOfConstant(selector, this.#parts.changing)) this.#series.set(key, series);
  }

  /** Whether the result of a binary operator is empty, whatever its right side is. */
  isEmpty({ right }: Binary, left: Frame): boolean {
    return this.#parts.skippable.has(right) && left.cells.every((cell) => cell === ABSENT);
  }
}

function areConstant(node: Expression, changing: ReadonlySet<string>): boolean {
  return selectorsOf(node).every((selector) => isOfConstant(selector, changing));
}

// The expression and its parts. Subqueries have steps of their own.
function nodesOf(node: Expression): readonly Expression[] {
  return node.kind === "subquery" ? [node] : [node, ...partsOf(node).flatMap(nodesOf)];
}

function isSkippable({ left, right, operator, matching }: Binary): boolean {
  return (
    operator !== "or" &&
    matching?.fill === undefined &&
    left.type === "vector" &&
    right.type === "vector" &&
    cannotFail(right)
  );
}

// Whether no evaluation of a part throws, whatever the series are. False if it is not known.
function cannotFail(node: Expression): boolean {
  switch (node.kind) {
    case "call":
      // Not every function accepts extended ranges.
      if (node.args.length > 1 || selectorsOf(node).some(({ extension }) => extension !== undefined))
        return false;
      return node.args.every(cannotFail) && (node.name === "time" || hasUniqueLabels(node));
    case "aggregation":
      return node.parameter === undefined && cannotFail(node.expression);
    case "binary":
      return cannotFail(node.left) && cannotFail(node.right) && matchesWithoutError(node);
    case "unary":
      return false;
    default:
      return partsOf(node).every(cannotFail);
  }
}

function matchesWithoutError({ left, right, operator, matching }: Binary): boolean {
  if (isSetOperator(operator)) return true;
  if (matching === undefined) return hasUniqueLabels(left) && hasUniqueLabels(right);
  const isPlain = matching.cardinality === "one-to-one" && !matching.isOn && matching.labels.length === 0;
  return isPlain && hasUniqueLabels(left) && hasUniqueLabels(right);
}

// Whether the series of a part differ in labels beside their name. False if it is not known.
function hasUniqueLabels(node: Expression): boolean {
  switch (node.kind) {
    case "number":
    case "string":
      return true;
    case "selector":
      return node.matchers.some(({ label, operator }) => label === "__name__" && operator === "=");
    case "range":
      return hasUniqueLabels(node.selector);
    case "subquery":
    case "parentheses":
      return hasUniqueLabels(node.expression);
    case "call":
      return (
        node.type === "scalar" || node.args.every((arg) => arg.type === "matrix" && hasUniqueLabels(arg))
      );
    case "aggregation":
      return node.isWithout || !node.grouping.includes("__name__");
    case "binary":
      if (node.operator === "or") return false;
      if (isSetOperator(node.operator)) return hasUniqueLabels(node.left);
      return node.matching === undefined || !isComparison(node.operator)
        ? hasUniqueLabels(node.left) && hasUniqueLabels(node.right)
        : hasUniqueLabels(node.left);
    case "unary":
      return false;
    default:
      return node satisfies never;
  }
}
