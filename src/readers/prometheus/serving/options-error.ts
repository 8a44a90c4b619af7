// The error of everything in this folder that can be set up wrongly.

/** One thing that is wrong: the option or variable, what was given, and what would be right. */
export interface PrometheusOptionsProblem {
  readonly name: string;
  readonly value: unknown;
  readonly allowed: string;
}

/** Thrown at once where options of the Prometheus reader cannot be used. Holds all problems. */
export class PrometheusOptionsError extends Error {
  override readonly name = "PrometheusOptionsError";
  readonly code = "TACHYMETER_PROMETHEUS_OPTIONS";
  readonly problems: readonly PrometheusOptionsProblem[];

  /** @param thing what is set up: `prometheus exporter`. */
  constructor(thing: string, problems: readonly PrometheusOptionsProblem[]) {
    super(`${thing}: ${problems.map(sentence).join("; ")}`);
    this.problems = problems;
  }
}

function sentence({ name, value, allowed }: PrometheusOptionsProblem): string {
  return `${name} is ${shown(value)}, which is not usable; give ${allowed}`;
}

// Options come from anywhere: a value's own conversion to text may throw, or be endless.
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
