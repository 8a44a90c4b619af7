// Matchers of alerts, for silences and inhibition.
import { isObject } from "../../../options/check.ts";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { labelsTest } from "../../../query/evaluation/matchers.ts";
import type { Matcher } from "../../../query/source.ts";
import { parse } from "../../../query/syntax/parse.ts";

/** Matchers as text in PromQL's notation, such as `alertname="DiskFull", severity!="info"`, or as objects. */
export type AlertMatchers = string | readonly (string | Matcher)[];

/** Matchers with their test. */
export interface CompiledMatchers {
  readonly matchers: readonly Matcher[];
  readonly test: (labels: Readonly<Record<string, string>>) => boolean;
}

const MAX_LENGTH = 10_000;
const MAX_MATCHERS = 100;
const OPERATORS: readonly unknown[] = ["=", "!=", "=~", "!~"];

/** @throws Error with the reason, if the matchers are invalid or would match every alert. */
export function compiledMatchers(given: unknown): CompiledMatchers {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > MAX_MATCHERS) {
    throw new TypeError(`there must be 1 to ${MAX_MATCHERS} matchers, got ${list.length}`);
  }
  const matchers = list.flatMap((each) => (typeof each === "string" ? fromText(each) : [fromObject(each)]));
  const test = labelsTest(matchers);
  if (test({})) throw new TypeError("at least one matcher must refuse the empty string");
  return { matchers, test };
}

/** Canonical text of matchers. */
export function matchersText(matchers: readonly Matcher[]): string {
  return matchers
    .map(({ label, operator, value }) => {
      const name = /^[a-zA-Z_]\w*$/.test(label) ? label : JSON.stringify(label);
      return `${name}${operator}${JSON.stringify(value)}`;
    })
    .join(",");
}

function fromText(text: string): readonly Matcher[] {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text;
  if (inner.length > MAX_LENGTH) throw new TypeError(`matchers must have at most ${MAX_LENGTH} characters`);
  // The parser refuses selectors of all series, but one of several matchers may match everything.
  const guard = "tachymeter_guard";
  try {
    const selector = parse(`{${inner.trim() === "" ? "" : `${inner},`}${guard}="x"}`);
    if (selector.kind === "selector") {
      return selector.matchers.filter(({ label }) => label !== guard);
    }
  } catch (error) {
    throw new TypeError(errorMessage(error), { cause: error });
  }
  throw new TypeError('matchers must be written as alertname="DiskFull"');
}

function fromObject(given: unknown): Matcher {
  if (isObject(given)) {
    const { label, operator, value } = given;
    if (typeof label === "string" && label !== "" && typeof value === "string" && isOperator(operator)) {
      return { label, operator, value };
    }
  }
  throw new TypeError("a matcher must be a text or { label, operator, value }");
}

function isOperator(value: unknown): value is Matcher["operator"] {
  return OPERATORS.includes(value);
}
