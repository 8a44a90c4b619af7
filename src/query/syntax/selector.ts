// Selectors: a name, matchers in braces, or both.
import type { Selector } from "../expression.ts";
import type { Matcher } from "../source.ts";
import { sizeOfMatch } from "../evaluation/regular-expression.ts";
import { matchesEmpty, problemOfPattern } from "./pattern.ts";
import type { Scanner } from "./scanner.ts";

const NAME = "__name__";

/**
 * Reads the matchers of a selector that starts at `start`. The name, if any, has been taken. With `isOfLabels`, they may
 * match all series.
 */
export function readSelector(
  scanner: Scanner,
  start: number,
  name: string | undefined,
  isOfLabels = false,
): Selector {
  const inBraces = scanner.is("{") ? readMatchers(scanner) : [];
  const second = name === undefined ? undefined : inBraces.find(({ label }) => label === NAME);
  if (second !== undefined) {
    throw scanner.error(
      `the metric's name is written twice: ${name} and ${second.value}`,
      "write it before the braces or within them",
      start,
    );
  }
  if (name === undefined && !isOfLabels && inBraces.every(acceptsEmpty)) {
    throw scanner.error(
      "the selector would select all series",
      'add a name, or a matcher that refuses the empty string, such as job=~".+"',
      start,
    );
  }
  const matchers =
    name === undefined ? inBraces : [...inBraces, { label: NAME, operator: "=" as const, value: name }];
  const [quoted, other] = name === undefined ? inBraces.filter(isName) : [];
  return {
    kind: "selector",
    type: "vector",
    name: name ?? (other === undefined ? quoted?.value : undefined),
    matchers,
    offsetMillis: 0,
    at: undefined,
    start,
    end: scanner.previousEnd,
  };
}

function readMatchers(scanner: Scanner): Matcher[] {
  const matchers: Matcher[] = [];
  scanner.advance();
  while (!scanner.accept("}")) {
    matchers.push(readMatcher(scanner));
    if (!scanner.is("}")) scanner.expect(",", '"," or "}"', 'write matchers as {job="api", code!="200"}');
  }
  return matchers;
}

function readMatcher(scanner: Scanner): Matcher {
  const remedy = 'write matchers as {job="api", code!="200"}';
  const isQuoted = scanner.is("string");
  if (!isQuoted && !scanner.is("word")) throw scanner.unexpected('a label or "}"', remedy);
  const { start, text: label } = scanner;
  scanner.advance();
  const { kind: operator } = scanner;
  if (operator !== "=" && operator !== "!=" && operator !== "=~" && operator !== "!~") {
    if (isQuoted) return { label: NAME, operator: "=", value: label };
    throw scanner.unexpected("=, !=, =~ or !~", remedy);
  }
  scanner.advance();
  if (!scanner.is("string")) throw scanner.unexpected("a string", `write ${label}${operator}"value"`);
  const { text: value } = scanner;
  scanner.advance();
  if (operator === "=" || operator === "!=") return { label, operator, value };
  const problem = problemOfPattern(value);
  if (problem !== undefined)
    throw scanner.error(`bad regular expression: ${problem.problem}`, problem.remedy, start);
  if (scanner.addPattern(sizeOfMatch(value)) > MAX_PATTERNS_SIZE)
    throw scanner.error(
      "the regular expressions are too large together",
      "write fewer or smaller ones",
      start,
    );
  return { label, operator, value };
}

// All patterns of an expression are compiled at once.
const MAX_PATTERNS_SIZE = 5_000;

function isName({ label, operator }: Matcher): boolean {
  return label === NAME && operator === "=";
}

function acceptsEmpty({ operator, value }: Matcher): boolean {
  switch (operator) {
    case "=":
      return value === "";
    case "!=":
      return value !== "";
    case "=~":
      return matchesEmpty(value);
    case "!~":
      return !matchesEmpty(value);
    default:
      return operator satisfies never;
  }
}
