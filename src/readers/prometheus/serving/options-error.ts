// The error of everything in this folder that can be set up wrongly.
import { show } from "../../../diagnostics/show.ts";

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
  return `${name} is ${show(value)}, which is not usable; give ${allowed}`;
}
