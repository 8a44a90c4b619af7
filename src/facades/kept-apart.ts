// Names of bounded number.

/** Stands for every name beyond those that are kept apart. */
export const OTHER_NAME = "_other";

/** Lets the first `max` names through; all further ones are `_other`. */
export class KeptApart {
  readonly #max: number;
  readonly #names = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The name, or `_other`. */
  of(name: string): string {
    if (this.#names.size < this.#max) this.#names.add(name);
    return this.#names.has(name) ? name : OTHER_NAME;
  }
}
