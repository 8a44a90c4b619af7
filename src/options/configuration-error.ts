// The one error in which everything that is wrong with a configuration is told.
import { redactText, redactValue } from "./redact.ts";

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
    const safe = problems.map((problem) => ({ ...problem, value: safeValue(problem) }));
    super(`configuration of tachymeter: ${safe.map(sentence).join("; ")}`);
    this.problems = safe;
  }
}

function sentence({ name, value, allowed }: ConfigurationProblem): string {
  return `${name} is ${shown(value)}, which is not usable; give ${allowed}`;
}

/** A value as an error message shows it: short, without a URL's password, and never failing. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(redactText(value)));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return shortened(redactText(JSON.stringify(value)));
  } catch {
    return Array.isArray(value) ? "an array" : "an object";
  }
}

const MAX_SHOWN = 80;

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

// An error that nobody catches is printed with all of its fields.
function safeValue({ name, value }: ConfigurationProblem): unknown {
  try {
    return redactValue(name, value);
  } catch {
    return typeof value;
  }
}
