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
  const safe = name.endsWith(".headers") ? typesOf(value) : value;
  return `${name} is ${shown(safe)}, which is not usable; give ${allowed}`;
}

/** A value as an error message shows it: short, without what is secret, and never failing. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(shortened(withoutPassword(value)));
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return shortened(withoutPassword(JSON.stringify(value, withoutHeaders)));
  } catch {
    return Array.isArray(value) ? "an array" : "an object";
  }
}

const MAX_SHOWN = 80;

function shortened(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function withoutPassword(text: string): string {
  return text.replaceAll(/\/\/[^/@"]*@/g, "//…@");
}

function withoutHeaders(key: string, value: unknown): unknown {
  return key === "headers" ? typesOf(value) : value;
}

// Headers are the usual place of a collector's key, so their values are never shown.
function typesOf(headers: unknown): unknown {
  if (typeof headers !== "object" || headers === null) return `a ${typeof headers}`;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `a ${typeof value}`]));
}
