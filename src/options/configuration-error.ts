// The one error in which everything that is wrong with a configuration is told.
import { redact } from "../diagnostics/redact.ts";
import { show } from "../diagnostics/show.ts";

/** One thing that is wrong: the option or variable, what was given, and what would be right. */
export interface ConfigurationProblem {
  /** The option (`readers[0].port`) or environment variable (`TACHYMETER_KERNELS`). */
  readonly name: string;
  /** What was given, without a header's value and without a URL's password. */
  readonly value: unknown;
  readonly allowed: string;
}

/**
 * Thrown by `start()` where the configuration cannot be used. Holds all problems at once.
 *
 * @example
 * try { start({ readers: ["promethius"] }); } catch (error) { console.error(error.problems); }
 */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly code = "TACHYMETER_CONFIGURATION";
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[]) {
    const safe = problems.map((problem) => ({ ...problem, value: redact(problem.value, problem.name) }));
    super(`configuration of tachymeter: ${problems.map(sentence).join("; ")}`);
    this.problems = safe;
  }
}

function sentence({ name, value, allowed }: ConfigurationProblem): string {
  return `${name} is ${show(value, name)}, which is not usable; give ${allowed}`;
}
