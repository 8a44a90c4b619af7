/** Name that replaces all names beyond a limit. */
export const OTHER_NAME = "_other";

/**
 * Returns `name` if `kept` has it or has fewer than `max` names, otherwise `_other`. `undefined` and `_other` do not
 * count.
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

/** Caps the number of distinct names: the first `max` are returned unchanged, further ones become `_other`. */
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
