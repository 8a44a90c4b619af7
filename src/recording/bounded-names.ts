import { detachString } from "../io/detach-string.ts";

/** Name that replaces all names beyond a limit. */
export const OTHER_NAME = "_other";
/** Characters of a name. A longer one, such as a model that a client has named, would be in each series and export. */
export const MAX_NAME_LENGTH = 512;

/**
 * Returns `name` if `kept` has it or has fewer than `max` names, otherwise `_other`. `undefined` and `_other` do not count. A name
 * of more than 512 characters is `_other`.
 */
export function boundedName<Name extends string | undefined>(
  kept: ReadonlyMap<string | undefined, unknown>,
  name: Name,
  max: number,
): Name | typeof OTHER_NAME {
  if (name === undefined || kept.has(name)) return name;
  if (name.length > MAX_NAME_LENGTH) return OTHER_NAME;
  const taken = kept.size - Number(kept.has(undefined)) - Number(kept.has(OTHER_NAME));
  return taken < max ? name : OTHER_NAME;
}

/** Caps the number of distinct names: the first `max` are returned unchanged, further and very long ones become `_other`. */
export class BoundedNames {
  readonly #max: number;
  readonly #names = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  of(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= this.#max || name.length > MAX_NAME_LENGTH) return OTHER_NAME;
    this.#names.add(detachString(name));
    return name;
  }
}
