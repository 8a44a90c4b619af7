// Statistics of the programs of a run.
import { isObservable, type Program } from "./program.ts";

/** Counts programs by their contents. */
export class Distribution {
  #programs = 0;
  readonly #counts = new Map<string, number>();

  /** Counts one more program; `comparedAs` are the ways in which it was compared. */
  count(program: Program, overflowed: boolean, comparedAs: readonly string[]): void {
    this.#programs++;
    const hasReaders = program.readers.length > 1;
    const hasViews = program.views.length > 0;
    const temporalities = new Set(program.readers.map((reader) => reader.temporality));
    this.#add("two readers or more", hasReaders);
    this.#add("readers of different temporality", temporalities.size > 1);
    this.#add("a view or more", hasViews);
    this.#add("an overflow", overflowed);
    this.#add(hardest, hasReaders && hasViews && overflowed);
    this.#add("observable instruments", program.instruments.some(isObservable));
    this.#add("bound instruments", program.isBound);
    for (const way of comparedAs) this.#add(`compared ${way}`, true);
    for (const { kind } of program.steps) this.#add(`steps: ${kind}`, true);
  }

  /** The share of programs with two readers, a view and an overflow. */
  get shareOfHardest(): number {
    return (this.#counts.get(hardest) ?? 0) / this.#programs;
  }

  toString(): string {
    return [...this.#counts, ["programs", this.#programs] as const]
      .map(([name, count]) => `  ${String(count).padStart(8)}  ${name}`)
      .join("\n");
  }

  #add(name: string, applies: boolean): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + Number(applies));
  }
}

const hardest = "two readers, a view and an overflow";
