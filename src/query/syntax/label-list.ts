// Lists of labels, and the clauses that have them: `by`, `without`, `on`, `ignoring`, `group_left`, `group_right`.
import type { Fill, Matching } from "../expression.ts";
import { acceptSign, specialNumber } from "./duration.ts";
import type { Experimental } from "./refuse.ts";
import type { Scanner } from "./scanner.ts";

/** Words, in lower case, that cannot be the name of a metric outside of braces. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  "bool on ignoring group_left group_right atan2 inf nan".split(" "),
);

/** The clause of an aggregation. */
export interface Grouping {
  readonly grouping: readonly string[];
  readonly isWithout: boolean;
}

/** Whether the current token begins the clause of an aggregation. */
export function startsGrouping(scanner: Scanner): boolean {
  return scanner.keyword === "by" || scanner.keyword === "without";
}

/** Reads `by (…)` or `without (…)`. */
export function readGrouping(scanner: Scanner): Grouping {
  const isWithout = scanner.keyword === "without";
  scanner.advance();
  return { grouping: readLabels(scanner), isWithout };
}

/** Modifiers between an operator and its right side. */
export interface OperatorModifiers {
  readonly returnsBool: boolean;
  /** `undefined` without `on`, `ignoring` and `fill`. */
  readonly matching: Matching | undefined;
}

const NO_MODIFIERS: OperatorModifiers = { returnsBool: false, matching: undefined };

/** Reads `bool`, `on` or `ignoring`, `group_left` or `group_right`, and `fill`, as far as they are there. */
export function readOperatorModifiers(scanner: Scanner, experimental: Experimental): OperatorModifiers {
  if (!scanner.is("word")) return NO_MODIFIERS;
  const returnsBool = scanner.keyword === "bool";
  if (returnsBool) scanner.advance();
  const clause = scanner.keyword;
  const isClause = clause === "on" || clause === "ignoring";
  const matching = isClause ? readMatching(scanner, clause === "on") : undefined;
  const fill = readFill(scanner, experimental);
  if (fill !== undefined) return { returnsBool, matching: { ...(matching ?? PLAIN_MATCHING), fill } };
  return returnsBool || isClause ? { returnsBool, matching } : NO_MODIFIERS;
}

/** The matching of an operator without clauses. */
export const PLAIN_MATCHING: Matching = { cardinality: "one-to-one", isOn: false, labels: [], include: [] };

// The words are names of metrics unless a parenthesis follows. A comment has one possible end: with several, the number of
// ways to split a row of `#` would be exponential.
const FILL = /(?:fill|fill_left|fill_right)(?=(?:\s|#[^\r\n]*[\r\n])*\()/iy;

// `fill(0)`, or one or both of `fill_left(0)` and `fill_right(0)`.
function readFill(scanner: Scanner, experimental: Experimental): Fill | undefined {
  let [left, right]: (number | undefined)[] = [];
  for (;;) {
    FILL.lastIndex = scanner.start;
    const isTaken = { fill: true, fill_left: left !== undefined, fill_right: right !== undefined };
    const isFirst = left === undefined && right === undefined;
    const { keyword, start } = scanner;
    const isFill =
      FILL.test(scanner.source) &&
      (keyword === "fill" || keyword === "fill_left" || keyword === "fill_right");
    if (!isFill || (!isFirst && isTaken[keyword])) return isFirst ? undefined : { left, right };
    experimental(`${keyword}()`, start);
    scanner.advance();
    const value = readFillValue(scanner, keyword);
    if (keyword !== "fill_right") left = value;
    if (keyword !== "fill_left") right = value;
    if (keyword === "fill") return { left, right };
  }
}

function readFillValue(scanner: Scanner, name: string): number {
  const remedy = `write ${name}(0)`;
  scanner.expect("(", '"("', remedy);
  const sign = acceptSign(scanner) ?? 1;
  const special = specialNumber(scanner.keyword);
  if (special === undefined && !scanner.is("number")) throw scanner.unexpected("a number", remedy);
  const value = sign * (special ?? scanner.value);
  scanner.advance();
  scanner.expect(")", '")"', remedy);
  return value;
}

function readMatching(scanner: Scanner, isOn: boolean): Matching {
  scanner.advance();
  const labels = readLabels(scanner);
  const group = scanner.keyword;
  const hasGroup = group === "group_left" || group === "group_right";
  if (hasGroup) scanner.advance();
  const include = hasGroup && scanner.is("(") ? readLabels(scanner) : [];
  const cardinality = !hasGroup ? "one-to-one" : group === "group_left" ? "many-to-one" : "one-to-many";
  return { cardinality, isOn, labels, include };
}

const REMEDY = "write the labels in parentheses: (job, instance)";

function readLabels(scanner: Scanner): readonly string[] {
  const labels: string[] = [];
  scanner.expect("(", '"("', REMEDY);
  while (!scanner.accept(")")) {
    const { kind, text, keyword } = scanner;
    const isLabel = kind === "string" || (kind === "word" && specialNumber(keyword) === undefined);
    if (!isLabel) throw scanner.unexpected("a label", REMEDY);
    if (text === "") throw scanner.error("the name of a label is empty", "write its name, or remove it");
    if (text.includes("\ufffd"))
      throw scanner.error("the name of a label is not valid UTF-8", "write its name without such bytes");
    labels.push(text);
    scanner.advance();
    if (!scanner.is(")")) scanner.expect(",", '"," or ")"', REMEDY);
  }
  return labels;
}
