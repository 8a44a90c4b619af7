/** Stands for all names beyond a limit. */
export const OTHER_NAME = "_other";

/**
 * Returns `name` if `kept` has it or has fewer than `max` names, else `_other`. `undefined` and `_other` do not count.
 */
export function boundedName<Name extends string | undefined>(
  kept: ReadonlyMap<string | undefined, unknown>,
  name: Name,
  max: number,
): Name | typeof OTHER_NAME {
  if (name === undefined || kept.has(name)) return name;
  const taken = kept.size - Number(kept.has(undefined)) - Number(kept.has(OTHER_NAME));
  return taken < max ? name : OTHER_NAME;
}

/** Returns the first `max` names unchanged, `_other` for all further ones. */
export class BoundedNames {
  readonly #max: number;
  readonly #names = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(name: string): string {
    if (this.#names.size < this.#max) this.#names.add(name);
    return this.#names.has(name) ? name : OTHER_NAME;
  }
}
