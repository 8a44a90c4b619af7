import { type Reporter, isWarning, positioned } from "../annotations.ts";
import type { Place } from "../expression.ts";

// Their texts have label values, and so there may be one for each series.
const MAX_OF_A_KIND = 1_000;

/**
 * Warnings and infos of an evaluation, at most 1,000 of each. One with the same text is kept once, with its last position,
 * as in Prometheus.
 */
export class FoundAnnotations {
  readonly #text: string | undefined;
  // Starts of the places, by annotation.
  readonly #found = new Map<string, number>();
  readonly #counts = { warnings: 0, infos: 0 };

  /** @param text the expression as it was written; `undefined` leaves out positions. */
  constructor(text: string | undefined) {
    this.#text = text;
  }

  /** Adds one with the position at which `place` starts. */
  add(annotation: string, { start }: Place): void {
    if (!this.#found.has(annotation) && this.#counts[kindOf(annotation)]++ >= MAX_OF_A_KIND) return;
    this.#found.set(annotation, start);
  }

  /** Receiver for a function that evaluates one series. */
  reporter(metricName: string, place: Place): Reporter {
    return { metricName, annotate: (annotation) => this.add(annotation, place) };
  }

  /** In order of appearance. */
  list(): readonly string[] {
    if (this.#found.size === 0) return [];
    const text = this.#text;
    if (text === undefined) return [...this.#found.keys()];
    return Array.from(this.#found, ([annotation, start]) => positioned(annotation, text, start));
  }
}

function kindOf(annotation: string): "warnings" | "infos" {
  return isWarning(annotation) ? "warnings" : "infos";
}
