// Nodes of the tree with the types of their parts checked, as Prometheus checks them.
import type {
  Aggregation,
  AggregationOperator,
  Binary,
  Call,
  Expression,
  Matching,
  Unary,
  ValueType,
} from "../expression.ts";
import { type FunctionName, type FunctionSignature, signatureOf } from "../function-signatures.ts";
import { type Grouping, type OperatorModifiers, PLAIN_MATCHING } from "./label-list.ts";
import type { Refuse } from "./refuse.ts";

/** Names of types in messages. */
const TYPE_NAMES = {
  scalar: "a scalar",
  string: "a string",
  vector: "an instant vector",
  matrix: "a range vector",
} as const satisfies Readonly<Record<ValueType, string>>;

/** A checked binary operation. `position` is that of the operator. */
export function binaryNode(
  operator: Binary["operator"],
  left: Expression,
  right: Expression,
  { returnsBool, matching }: OperatorModifiers,
  position: number,
  refuse: Refuse,
): Binary {
  const isComparison = COMPARISONS.has(operator);
  for (const side of [left, right]) {
    if (side.type === "scalar" || side.type === "vector") continue;
    throw refuse(
      `${operator} needs scalars or instant vectors, got ${TYPE_NAMES[side.type]}`,
      side.type === "matrix" ? "apply a function such as rate() to it" : "remove the string",
      side.start,
    );
  }
  if (returnsBool && !isComparison) {
    throw refuse(`bool is only for comparisons, got ${operator}`, "remove bool", position);
  }
  const isOfScalars = left.type === "scalar" && right.type === "scalar";
  if (isComparison && !returnsBool && isOfScalars) {
    throw refuse("a comparison of scalars needs bool", `write ${operator} bool`, position);
  }
  if (isTrim(operator) && isOfScalars)
    throw refuse(`${operator} needs native histograms, got scalars`, `write x ${operator} 1`, position);
  const type = isOfScalars ? "scalar" : "vector";
  const ends = { start: left.start, end: right.end };
  const isOfVectors = left.type === "vector" && right.type === "vector";
  checkMatching(operator, matching, isOfVectors, position, refuse);
  const checked = isOfVectors ? matchingOf(operator, matching) : undefined;
  return { kind: "binary", type, operator, left, right, returnsBool, matching: checked, ...ends };
}

/** A checked `+x` or `-x`. */
export function unaryNode(
  operator: Unary["operator"],
  expression: Expression,
  start: number,
  refuse: Refuse,
): Unary {
  const { type, end } = expression;
  if (type === "scalar" || type === "vector") {
    return { kind: "unary", type, operator, expression, start, end };
  }
  throw refuse(
    `the sign ${operator} needs a scalar or an instant vector, got ${TYPE_NAMES[type]}`,
    "remove the sign",
    start,
  );
}

/** A checked aggregation with the arguments that were written in its parentheses. */
export function aggregationNode(
  operator: AggregationOperator,
  args: readonly Expression[],
  grouping: Grouping,
  place: { readonly start: number; readonly end: number },
  refuse: Refuse,
): Aggregation {
  const parameterType = PARAMETERS[operator];
  const example =
    parameterType === undefined ? `${operator}(x)` : `${operator}(${PARAMETER_EXAMPLES[parameterType]}, x)`;
  const expected = parameterType === undefined ? 1 : 2;
  const expression = args[expected - 1];
  if (args.length !== expected || expression === undefined) {
    const problem = `${operator} takes ${expected === 1 ? "1 argument" : "2 arguments"}, got ${args.length}`;
    throw refuse(problem, `write ${example}`, place.start);
  }
  const parameter = expected === 2 ? args[0] : undefined;
  if (parameter !== undefined && parameterType !== undefined) {
    checkType(parameter, parameterType, `the parameter of ${operator}`, `write ${example}`, refuse);
  }
  checkType(expression, "vector", operator, `write ${example}`, refuse);
  return { kind: "aggregation", type: "vector", operator, expression, parameter, ...grouping, ...place };
}

/** A checked call of a function. */
export function callNode(
  name: FunctionName,
  args: readonly Expression[],
  place: { readonly start: number; readonly end: number },
  refuse: Refuse,
): Call {
  const signature = signatureOf(name);
  const max = signature.args.length;
  const min = max - signature.optional;
  const most = signature.isVariadic ? (signature.max ?? Infinity) : max;
  if (args.length < min || args.length > most) {
    const count = min === most ? `${min}` : most === Infinity ? `at least ${min}` : `${min} to ${most}`;
    const problem = `${name}() takes ${count} argument${count === "1" ? "" : "s"}, got ${args.length}`;
    throw refuse(problem, `write ${exampleOf(name, signature)}`, place.start);
  }
  for (const [i, arg] of args.entries()) {
    const type = signature.args[Math.min(i, max - 1)];
    if (type === undefined) continue;
    checkType(arg, type, `${name}()`, `write ${exampleOf(name, signature)}`, refuse);
  }
  return { kind: "call", type: signature.returns, name, args, ...place };
}

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", ">", "<", ">=", "<="]);
const isTrim = (operator: string): boolean => operator === "</" || operator === ">/";
const SETS: ReadonlySet<string> = new Set(["and", "or", "unless"]);

function checkMatching(
  operator: string,
  matching: Matching | undefined,
  isOfVectors: boolean,
  position: number,
  refuse: Refuse,
): void {
  if (matching === undefined) {
    if (SETS.has(operator) && !isOfVectors) {
      throw refuse(`${operator} is only for instant vectors`, "write vector(1) for the number 1", position);
    }
    return;
  }
  const { labels, include, isOn, cardinality, fill } = matching;
  if (fill !== undefined && (!isOfVectors || SETS.has(operator)))
    throw refuse(`${operator} allows no fill here`, "remove fill, or write two instant vectors", position);
  const both = isOn ? labels.find((label) => include.includes(label)) : undefined;
  if (both !== undefined) {
    const problem = `label ${both} is in on() and in the group clause`;
    throw refuse(problem, "remove it from the group clause", position);
  }
  if (!isOfVectors && (labels.length > 0 || SETS.has(operator))) {
    const clause = isOn ? "on" : "ignoring";
    throw refuse(
      `${clause}() is only for two instant vectors`,
      `remove it, or write vector(1) for the number 1`,
      position,
    );
  }
  if (SETS.has(operator) && cardinality !== "one-to-one") {
    const clause = cardinality === "many-to-one" ? "group_left" : "group_right";
    throw refuse(`${operator} allows no ${clause}`, `remove ${clause}`, position);
  }
}

function matchingOf(operator: string, matching: Matching = PLAIN_MATCHING): Matching {
  return SETS.has(operator) ? { ...matching, cardinality: "many-to-many" } : matching;
}

const PARAMETERS: Readonly<Partial<Record<AggregationOperator, "scalar" | "string">>> = {
  topk: "scalar",
  bottomk: "scalar",
  quantile: "scalar",
  count_values: "string",
  limitk: "scalar",
  limit_ratio: "scalar",
};
const PARAMETER_EXAMPLES = { scalar: "0.9", string: '"label"' } as const;
const ARGUMENT_EXAMPLES = { scalar: "1", string: '"text"', vector: "x", matrix: "x[5m]" } as const;

function exampleOf(name: string, { args, optional }: FunctionSignature): string {
  return `${name}(${args
    .slice(0, args.length - optional)
    .map((type) => ARGUMENT_EXAMPLES[type])
    .join(", ")})`;
}

function checkType(arg: Expression, type: ValueType, owner: string, remedy: string, refuse: Refuse): void {
  if (arg.type === type) return;
  throw refuse(`${owner} needs ${TYPE_NAMES[type]}, got ${TYPE_NAMES[arg.type]}`, remedy, arg.start);
}
