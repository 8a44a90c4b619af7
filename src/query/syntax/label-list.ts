// Lists of labels, and the clauses that have them: `by`, `without`, `on`, `ignoring`, `group_left`, `group_right`.
import type { Matching } from "../expression.ts";
import type { Scanner } from "./scanner.ts";
import { specialNumber } from "./duration.ts";

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
  /** `undefined` without `on` and `ignoring`. */
  readonly matching: Matching | undefined;
}

const NO_MODIFIERS: OperatorModifiers = { returnsBool: false, matching: undefined };

/** Reads `bool`, `on` or `ignoring`, and `group_left` or `group_right`, as far as they are there. */
export function readOperatorModifiers(scanner: Scanner): OperatorModifiers {
  if (!scanner.is("word")) return NO_MODIFIERS;
  const returnsBool = scanner.keyword === "bool";
  if (returnsBool) scanner.advance();
  const clause = scanner.keyword;
  if (clause !== "on" && clause !== "ignoring") {
    return returnsBool ? { returnsBool, matching: undefined } : NO_MODIFIERS;
  }
  scanner.advance();
  const labels = readLabels(scanner);
  const group = scanner.keyword;
  const hasGroup = group === "group_left" || group === "group_right";
  if (hasGroup) scanner.advance();
  const include = hasGroup && scanner.is("(") ? readLabels(scanner) : [];
  const cardinality = !hasGroup ? "one-to-one" : group === "group_left" ? "many-to-one" : "one-to-many";
  return { returnsBool, matching: { cardinality, isOn: clause === "on", labels, include } };
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
