type FigureOfChange<Reading, Figure> = (earlier: Reading, later: Reading, seconds: number) => Figure;

// A first figure after 0.1 s is coarse, but better than none.
const MIN_SECONDS = 1;
const MIN_FIRST_SECONDS = 0.1;

/**
 * Computes a figure from the change between readings at least a second apart, since the kernel's clocks tick every 10
 * ms.
 */
export class Change<Reading, Figure> {
  readonly #figureOf: FigureOfChange<Reading, Figure>;
  #earlier: { readonly reading: Reading; readonly atMillis: number } | undefined;
  #figure: Figure | undefined;

  constructor(figureOf: FigureOfChange<Reading, Figure>) {
    this.#figureOf = figureOf;
  }

  /** Age of the last reading in seconds, if there is one. */
  get age(): number | undefined {
    return this.#earlier === undefined ? undefined : (performance.now() - this.#earlier.atMillis) / 1000;
  }

  /** Returns the figure up to `reading`, or up to an earlier one of the same second; `undefined` at first. */
  upTo(reading: Reading): Figure | undefined {
    const age = this.age;
    if (age === undefined) this.#earlier = { reading, atMillis: performance.now() };
    if (this.#earlier === undefined || age === undefined) return undefined;
    if (age < (this.#figure === undefined ? MIN_FIRST_SECONDS : MIN_SECONDS)) return this.#figure;
    this.#figure = this.#figureOf(this.#earlier.reading, reading, age);
    this.#earlier = { reading, atMillis: performance.now() };
    return this.#figure;
  }
}
