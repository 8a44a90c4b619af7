// What instrumentations can be told, and what becomes of a word that they do not know.
import { show } from "../../src/diagnostics/show.ts";
import { fieldOf } from "./fields.ts";

/** What may be given as an option. */
export interface OptionCheck {
  /** In words. */
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
}

/** The options of an instrumentation, each of them. All may be left out. */
export type OptionChecks<Config> = {
  readonly [Option in Exclude<keyof Config, "enabled">]-?: OptionCheck;
};

/** One option that cannot be used: what was given, and what would be right. */
export interface OptionProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** Thrown by the constructor and `setConfig` of an instrumentation that was given options it cannot work with. Holds all problems. */
export class InstrumentationOptionsError extends Error {
  override readonly name = "InstrumentationOptionsError";
  readonly code = "TACHYMETER_INSTRUMENTATION_OPTIONS";
  readonly problems: readonly OptionProblem[];

  constructor(instrumentation: string, problems: readonly OptionProblem[]) {
    super(`instrumentation "${instrumentation}": ${problems.map(sentence).join("; ")}`);
    this.problems = problems;
  }
}

/** An option that is a function, in words: `a function that gives a name`. */
export function functionOption(allowed: string): OptionCheck {
  return { allowed, accepts: (value) => typeof value === "function" };
}

/** An option that is a facade, known by one of its methods: there may be two copies of its class. */
export function facadeOption(name: string, method: string): OptionCheck {
  return { allowed: name, accepts: (value) => typeof fieldOf(value, method) === "function" };
}

/** An option that is on or off. */
export const flagOption: OptionCheck = {
  allowed: "true or false",
  accepts: (value) => typeof value === "boolean",
};

/** All that is wrong with what was given as the options of an instrumentation; nothing where it can be used. */
export function optionProblems(
  options: Readonly<Record<string, OptionCheck>>,
  given: object,
): readonly OptionProblem[] {
  const known: Readonly<Record<string, OptionCheck>> = { enabled: flagOption, ...options };
  return Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined)
      return [{ name, value, allowed: `one of ${Object.keys(known).join(", ")} in its place` }];
    return value === undefined || check.accepts(value) ? [] : [{ name, value, allowed: check.allowed }];
  });
}

function sentence({ name, value, allowed }: OptionProblem): string {
  return `option "${name}" is ${show(value)}, which is not usable; give ${allowed}`;
}
