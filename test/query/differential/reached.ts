// Counts of the functions and operators that random expressions have reached.
import { COMPARED_FUNCTIONS, OPERATORS } from "./random-query.ts";

const { arithmetic, comparison, set, aggregation, parameterized } = OPERATORS;
const WORDS = [...COMPARED_FUNCTIONS, ...aggregation, ...parameterized, ...set, "atan2", "bool"];
const WORDS_OF_SYNTAX = ["by", "without", "on", "ignoring", "group_left", "group_right", "offset", "@"];
const SYMBOLS = [...arithmetic, ...comparison].filter((symbol) => symbol !== "atan2");

/** Counts by function, operator and word of syntax. */
export class Reached {
  readonly #counts = new Map<string, number>(
    [...WORDS, ...WORDS_OF_SYNTAX, ...SYMBOLS].map((name) => [name, 0]),
  );

  /** Counts each name once in an expression. */
  count(text: string): void {
    const names = new Set(text.match(/[a-z_]\w*|@|[=!<>]=|[-+*/%^<>]/g));
    for (const name of names) {
      const count = this.#counts.get(name);
      if (count !== undefined) this.#counts.set(name, count + 1);
    }
  }

  /** Names that no expression had. */
  get missing(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([name]) => name);
  }

  toString(): string {
    const sorted = [...this.#counts].toSorted(([, a], [, b]) => a - b);
    return sorted.map(([name, count]) => `${name} ${count}`).join(", ");
  }
}
