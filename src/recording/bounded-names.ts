// Names of bounded number.

/** Stands for every name beyond those that are kept apart. */
export const OTHER_NAME = "_other";

/**
 * The name under which something is kept: its own, where `kept` has it or has fewer than `max`, else `_other`. What has
 * no name and `_other` take no place of their own.
 */
export function keptApart<Name extends string | undefined>(
  kept: ReadonlyMap<string | undefined, unknown>,
  name: Name,
  max: number,
): Name | typeof OTHER_NAME {
  if (name === undefined || kept.has(name)) return name;
  const taken = kept.size - Number(kept.has(undefined)) - Number(kept.has(OTHER_NAME));
  return taken < max ? name : OTHER_NAME;
}

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
