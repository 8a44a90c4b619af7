// The parser of PromQL: recursive descent for parts, precedence climbing for operators. It reads the language of
// Prometheus 3.14, and with option `experimental` that of its feature flags.
import { nearestNames } from "../../diagnostics/nearest-names.ts";
import type { AggregationOperator, Binary, Expression, NumberLiteral } from "../expression.ts";
import { FUNCTION_NAMES, type FunctionName, isExperimental, signatureOf } from "../function-signatures.ts";
import { acceptSign, readAt, readOffset, readRange, specialNumber } from "./duration.ts";
import { RESERVED_WORDS, readGrouping, readOperatorModifiers, startsGrouping } from "./label-list.ts";
import { Scanner } from "./scanner.ts";
import type { Experimental, Refuse } from "./refuse.ts";
import { readSelector } from "./selector.ts";
import { shownPart } from "./syntax-error.ts";
import { extended, shifted, subqueryOrRange } from "./time-selection.ts";
import { aggregationNode, binaryNode, callNode, unaryNode } from "./typed-nodes.ts";

// Depth of parentheses and of the tree: evaluation is recursive, too.
const MAX_DEPTH = 400;
// Characters of an operand in an example.
const MAX_SHOWN = 40;

/** Options of {@link parse}. */
export interface ParseOptions {
  /**
   * Whether parts of PromQL are accepted that are behind feature flags in Prometheus. @defaultValue false
   * @experimental
   */
  readonly experimental?: boolean | undefined;
}

/**
 * Parses an expression into its typed tree. Its time is linear in the length of the text.
 *
 * @throws QueryError of kind `bad_data` with the position, the problem and the next step.
 * @example
 * const expression = parse('sum by (job) (rate(http_requests_total{code!="200"}[5m]))');
 * if (expression.kind === "aggregation") console.log(expression.grouping); // ["job"]
 */
export function parse(text: string, options: ParseOptions = {}): Expression {
  return new Parser(text, options).parse();
}

class Parser {
  readonly #scanner: Scanner;
  readonly #refuse: Refuse;
  readonly #experimental: Experimental;
  // Open parentheses, signs and right sides, for a bound of the recursion.
  #nesting = 0;
  // Depth of the node that was read last.
  #depth = 0;
  // Function with one argument whose argument is read; otherwise empty.
  #call = "";

  constructor(text: string, { experimental = false }: ParseOptions) {
    const scanner = new Scanner(text);
    this.#scanner = scanner;
    this.#refuse = (problem, remedy, position) => scanner.error(problem, remedy, position);
    this.#experimental = (name, position) => {
      if (!experimental)
        throw scanner.error(
          `${name} is experimental in Prometheus`,
          "set option experimental: true, or experimental=true in the HTTP API",
          position,
        );
    };
  }

  parse(): Expression {
    const scanner = this.#scanner;
    if (scanner.is("end")) {
      throw scanner.error("the expression is empty", "write one such as rate(http_requests_total[5m])");
    }
    const expression = this.#expression(0);
    if (scanner.is("end")) return expression;
    throw scanner.unexpected("an operator or the end", "remove it, or write an operator before it");
  }

  // Reads operands and operators as long as they bind at least as tightly as `min`.
  #expression(min: number): Expression {
    const scanner = this.#scanner;
    let left = this.#operand();
    for (;;) {
      const operator = operatorAt(scanner);
      if (operator === undefined) return left;
      const precedence = PRECEDENCE[operator];
      if (precedence < min) return left;
      const position = scanner.start;
      const depth = this.#depth;
      scanner.advance();
      const modifiers = readOperatorModifiers(scanner, this.#experimental);
      // Only powers are grouped from the right.
      this.#enter();
      const right = this.#expression(operator === "^" ? precedence : precedence + 1);
      this.#nesting--;
      left = binaryNode(operator, left, right, modifiers, position, this.#refuse);
      this.#deepen(Math.max(depth, this.#depth));
    }
  }

  #operand(): Expression {
    const scanner = this.#scanner;
    const { start, kind } = scanner;
    const sign = acceptSign(scanner);
    if (sign === undefined) return this.#withTime(this.#primary());
    this.#enter();
    const expression = this.#expression(PRECEDENCE["^"]);
    this.#nesting--;
    if (expression.kind === "number") return { ...expression, value: sign * expression.value, start };
    this.#deepen(this.#depth);
    return unaryNode(kind === "-" ? "-" : "+", expression, start, this.#refuse);
  }

  // Reads ranges, `offset` and `@` after an operand. They bind more tightly than all operators.
  #withTime(operand: Expression): Expression {
    const scanner = this.#scanner;
    let expression = operand;
    for (;;) {
      const { start } = scanner;
      if (scanner.is("[")) {
        const before = this.#shownBefore(expression);
        scanner.advance();
        const range = readRange(scanner, before("[5m]"), this.#experimental);
        const isSubquery = scanner.accept(":");
        const example = before(isSubquery ? "[1h:5m]" : "[5m]");
        const hasStep = isSubquery && !scanner.is("]");
        const step = hasStep ? readRange(scanner, example, this.#experimental) : undefined;
        scanner.expect("]", isSubquery ? '"]"' : '"]" or ":"', `write ${example}`);
        const end = scanner.previousEnd;
        expression = subqueryOrRange(expression, { isSubquery, range, step }, start, end, this.#refuse);
        this.#deepen(this.#depth);
      } else if (scanner.keyword === "offset") {
        scanner.advance();
        const shift = { kind: "offset", duration: readOffset(scanner, this.#experimental) } as const;
        expression = shifted(expression, shift, start, scanner.previousEnd, this.#refuse);
      } else if (scanner.accept("@")) {
        const shift = { kind: "at", at: readAt(scanner) } as const;
        expression = shifted(expression, shift, start, scanner.previousEnd, this.#refuse);
      } else if (scanner.keyword === "anchored" || scanner.keyword === "smoothed") {
        const extension = scanner.keyword;
        this.#experimental(extension, start);
        scanner.advance();
        expression = extended(expression, extension, start, scanner.previousEnd, this.#refuse);
      } else return expression;
    }
  }

  // For examples in messages: `rate(x[5m])` instead of `x[5m]`, if all of it is short.
  #shownBefore({ start }: Expression): (brackets: string) => string {
    const scanner = this.#scanner;
    const text = scanner.source.slice(start, scanner.start).trim();
    const operand = text.length <= MAX_SHOWN && !text.includes("\n") ? text : "x";
    const call = this.#call;
    return (brackets) => (call === "" ? `${operand}${brackets}` : `${call}(${operand}${brackets})`);
  }

  #primary(): Expression {
    const scanner = this.#scanner;
    const { start, end, kind } = scanner;
    this.#depth = 1;
    switch (kind) {
      case "number": {
        const { value, isDuration } = scanner;
        scanner.advance();
        return { kind: "number", type: "scalar", value, isDuration, start, end } satisfies NumberLiteral;
      }
      case "string": {
        const { text: value } = scanner;
        scanner.advance();
        return { kind: "string", type: "string", value, start, end };
      }
      case "{":
        return readSelector(scanner, start, undefined);
      case "(":
        return this.#parentheses();
      case "word":
        return this.#afterWord();
      default:
        throw scanner.unexpected("an expression", "write a metric, a number or a function call");
    }
  }

  #parentheses(): Expression {
    const scanner = this.#scanner;
    const { start } = scanner;
    scanner.advance();
    this.#enter();
    const expression = this.#expression(0);
    this.#nesting--;
    scanner.expect(")", '")" or an operator', "close the parenthesis");
    this.#deepen(this.#depth);
    const { type } = expression;
    return { kind: "parentheses", type, expression, start, end: scanner.previousEnd };
  }

  // A name may be that of an operator or function, which depends on the next token.
  #afterWord(): Expression {
    const scanner = this.#scanner;
    const { start, end, text, keyword } = scanner;
    const number = specialNumber(keyword);
    if (number === undefined && RESERVED_WORDS.has(keyword)) {
      throw scanner.unexpected("an expression", `write {"${text}"} for the metric ${text}`);
    }
    scanner.advance();
    if (number !== undefined) {
      return { kind: "number", type: "scalar", value: number, isDuration: false, start, end };
    }
    const operator = AGGREGATIONS.get(keyword);
    if (operator !== undefined && (scanner.is("(") || startsGrouping(scanner))) {
      return this.#aggregation(operator, start);
    }
    if (!scanner.is("(")) return readSelector(scanner, start, text);
    const name = text;
    if (!isFunctionName(name)) throw this.#unknownFunction(name, start);
    if (isExperimental(name)) this.#experimental(`${name}()`, start);
    const isUnary = signatureOf(name).args.length === 1;
    const args = this.#arguments(isUnary || name === "info" ? name : "");
    return callNode(name, args, { start, end: scanner.previousEnd }, this.#refuse);
  }

  #aggregation(operator: AggregationOperator, start: number): Expression {
    const scanner = this.#scanner;
    if (operator === "limitk" || operator === "limit_ratio") this.#experimental(`${operator}()`, start);
    const before = startsGrouping(scanner) ? readGrouping(scanner) : undefined;
    if (!scanner.is("(")) throw scanner.unexpected('"("', `write ${operator} by (job) (x)`);
    const args = this.#arguments("");
    const after = before === undefined && startsGrouping(scanner) ? readGrouping(scanner) : undefined;
    const grouping = before ?? after ?? { grouping: [], isWithout: false };
    const place = { start, end: scanner.previousEnd };
    return aggregationNode(operator, args, grouping, place, this.#refuse);
  }

  #arguments(call: string): readonly Expression[] {
    const scanner = this.#scanner;
    const outer = this.#call;
    this.#call = call;
    const args: Expression[] = [];
    let depth = 0;
    this.#enter();
    scanner.advance();
    while (!scanner.accept(")")) {
      args.push(call === "info" && args.length === 1 ? this.#labelSelector() : this.#expression(0));
      depth = Math.max(depth, this.#depth);
      if (scanner.is(")")) continue;
      const comma = scanner.start;
      scanner.expect(",", '"," or ")"', "separate arguments by commas, and close the parenthesis");
      if (scanner.is(")")) {
        throw scanner.error("the last argument is missing", "remove the comma", comma);
      }
    }
    this.#call = outer;
    this.#nesting--;
    this.#deepen(depth);
    return args;
  }

  // The second argument of `info`, which selects labels and may match all of them.
  #labelSelector(): Expression {
    const scanner = this.#scanner;
    if (!scanner.is("{")) throw scanner.unexpected("label matchers in braces", 'write info(x, {job=~".+"})');
    this.#depth = 1;
    return readSelector(scanner, scanner.start, undefined, true);
  }

  #unknownFunction(name: string, position: number): Error {
    const [nearest] = nearestNames(name, [...FUNCTION_NAMES, ...AGGREGATIONS.keys()], 1);
    const remedy =
      nearest === undefined ? "write the name of a function of Prometheus" : `write ${nearest}()`;
    return this.#scanner.error(`unknown function ${shownPart(name)}`, remedy, position);
  }

  #enter(): void {
    this.#nesting++;
    if (this.#nesting > MAX_DEPTH) throw this.#tooDeep();
  }

  #deepen(depth: number): void {
    this.#depth = depth + 1;
    if (this.#depth > MAX_DEPTH) throw this.#tooDeep();
  }

  #tooDeep(): Error {
    return this.#scanner.error(
      `the expression has more than ${MAX_DEPTH} levels`,
      "divide it, or record parts of it as series",
    );
  }
}

type Operator = Binary["operator"];

// Operators of a higher number bind more tightly.
const PRECEDENCE: Readonly<Record<Operator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  ">": 3,
  "<": 3,
  ">=": 3,
  "<=": 3,
  "</": 3,
  ">/": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
};

const AGGREGATIONS: ReadonlyMap<string, AggregationOperator> = new Map(
  (
    [
      ...(["sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"] as const),
      ...(["topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"] as const),
    ] as const
  ).map((each) => [each, each]),
);

function operatorAt({ kind, keyword }: Scanner): Operator | undefined {
  const name = kind === "word" ? keyword : kind;
  return isOperator(name) ? name : undefined;
}

function isOperator(name: string): name is Operator {
  return Object.hasOwn(PRECEDENCE, name);
}

const NAMES: ReadonlySet<string> = new Set(FUNCTION_NAMES);

function isFunctionName(name: string): name is FunctionName {
  return NAMES.has(name);
}
