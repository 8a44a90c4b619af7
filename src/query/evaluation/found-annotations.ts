import { type Reporter, positioned } from "../annotations.ts";
import type { Place } from "../expression.ts";

/** Warnings and infos of an evaluation, each once, with their positions. */
export class FoundAnnotations {
  readonly #text: string | undefined;
  readonly #found = new Set<string>();

  /** @param text the expression as it was written; `undefined` leaves out positions. */
  constructor(text: string | undefined) {
    this.#text = text;
  }

  /** Adds one with the position at which `place` starts. */
  add(annotation: string, { start }: Place): void {
    this.#found.add(this.#text === undefined ? annotation : positioned(annotation, this.#text, start));
  }

  /** Receiver for a function that evaluates one series. */
  reporter(metricName: string, place: Place): Reporter {
    return { metricName, annotate: (annotation) => this.add(annotation, place) };
  }

  /** In order of appearance. */
  list(): readonly string[] {
    return [...this.#found];
  }
}
