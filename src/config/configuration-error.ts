// The one error in which everything that is wrong with a configuration is told.

/** One thing that is wrong: the option or variable, what was given, and what would be right. */
export interface ConfigurationProblem {
  /** The option (`readers[0].port`) or environment variable (`TACHYMETER_KERNELS`). */
  readonly name: string;
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
    super(`configuration of tachymeter: ${problems.map(sentence).join("; ")}`);
    this.problems = problems;
  }
}

function sentence({ name, value, allowed }: ConfigurationProblem): string {
  return `${name} is ${shown(value)}, which is not usable; give ${allowed}`;
}

/** A value as an error message shows it: short, and never failing. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  try {
    const text = JSON.stringify(value);
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  } catch {
    return Array.isArray(value) ? "an array" : "an object";
  }
}
