// Work that an evaluation saves if its annotations are not wanted, as for rules. The result stays the same.
import type { Binary, Expression } from "../expression.ts";
import { formatTree } from "../syntax/expression-text.ts";
import { ABSENT, type Frame } from "./frame.ts";
import { isComparison, isSetOperator } from "./operators.ts";

/** Parts of an expression whose evaluation can be saved. */
export interface SavedParts {
  /** The first of several equal calls or aggregations, by each of them. */
  readonly firstEqual: ReadonlyMap<Expression, Expression>;
  /** Right operands that are not needed if the left one has no value: no evaluation of them fails. */
  readonly skippable: ReadonlySet<Expression>;
}

/** Finds the parts of an expression whose evaluation can be saved. */
export function savedParts(expression: Expression): SavedParts {
  const equal = new Map<string, Expression[]>();
  const skippable = new Set<Expression>();
  for (const node of nodesOf(expression)) {
    if (node.kind === "binary" && isSkippable(node)) skippable.add(node.right);
    if (node.type !== "vector" || (node.kind !== "call" && node.kind !== "aggregation")) continue;
    const text = formatTree(node);
    const known = equal.get(text);
    if (known === undefined) equal.set(text, [node]);
    else known.push(node);
  }
  const firstEqual = new Map<Expression, Expression>();
  for (const nodes of equal.values())
    if (nodes.length > 1) for (const node of nodes) firstEqual.set(node, nodes[0]!);
  return { firstEqual, skippable };
}

/** The saved parts of one evaluation, at the steps of the query. */
export class Shortcuts {
  readonly #parts: SavedParts;
  readonly #frames = new Map<Expression, Frame>();

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

  /** Whether the result of a binary operator is empty, whatever its right side is. */
  isEmpty({ right }: Binary, left: Frame): boolean {
    return this.#parts.skippable.has(right) && left.cells.every((cell) => cell === ABSENT);
  }
}

function* nodesOf(node: Expression): Generator<Expression> {
  yield node;
  switch (node.kind) {
    case "call":
      for (const arg of node.args) yield* nodesOf(arg);
      return;
    case "aggregation":
      if (node.parameter !== undefined) yield* nodesOf(node.parameter);
      yield* nodesOf(node.expression);
      return;
    case "binary":
      yield* nodesOf(node.left);
      yield* nodesOf(node.right);
      return;
    case "unary":
    case "parentheses":
      yield* nodesOf(node.expression);
      return;
    // Subqueries have steps of their own.
    case "subquery":
    case "number":
    case "string":
    case "selector":
    case "range":
      return;
    default:
      node satisfies never;
  }
}

function isSkippable({ left, right, operator }: Binary): boolean {
  return operator !== "or" && left.type === "vector" && right.type === "vector" && cannotFail(right);
}

// Whether no evaluation of a part throws, whatever the series are. False if it is not known.
function cannotFail(node: Expression): boolean {
  switch (node.kind) {
    case "number":
    case "string":
    case "selector":
      return true;
    case "range":
      return true;
    case "subquery":
    case "parentheses":
      return cannotFail(node.expression);
    case "call":
      if (node.args.length > 1) return false;
      return node.args.every(cannotFail) && (node.name === "time" || hasUniqueLabels(node));
    case "aggregation":
      return node.parameter === undefined && cannotFail(node.expression);
    case "binary":
      return cannotFail(node.left) && cannotFail(node.right) && matchesWithoutError(node);
    case "unary":
      return false;
    default:
      return node satisfies never;
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
