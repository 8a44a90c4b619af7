// Options of instrumentations.
import { type Check, check, flag, withMethods } from "../../src/options/check.ts";
import type { OptionsProblem } from "../../src/options/options-error.ts";
import { Parser } from "../../src/options/parser.ts";

/** A check of one option. */
export type OptionCheck = Check<unknown>;

/** The options of an instrumentation, each of them. All may be left out. */
export type OptionChecks<Config> = {
  readonly [Option in Exclude<keyof Config, "enabled">]-?: OptionCheck;
};

/** An option that is a function, in words: `a function that gives a name`. */
export function functionOption(what: string): OptionCheck {
  return check(`be ${what}`, (value): value is object => typeof value === "function");
}

/** An option that is a facade, known by one of its methods: there may be two copies of its class. */
export function facadeOption(name: string, method: string): OptionCheck {
  return withMethods(`be ${name}`, method);
}

/** An option that is on or off. */
export const flagOption: OptionCheck = flag;

/** All that is wrong with what was given as the options of an instrumentation, at `place`. */
export function optionProblems(
  options: Readonly<Record<string, OptionCheck>>,
  given: object,
  place = "options",
): readonly OptionsProblem[] {
  const parser = new Parser();
  const checks: Readonly<Record<string, Check<{}>>> = { enabled: flag, ...options };
  parser.fields(place, given, checks);
  return parser.problems;
}
