// Properties of labels by which series can be confused.
import type { LabelNames } from "../../../translation/label-names.ts";
import { isWellFormed } from "../../../translation/escape-name.ts";

const MAX_LENGTH = 32 * 1024;

/** Labels of one name, of attributes with one key, with values of one type. */
export interface LabelVariant {
  readonly name: string;
  /** Whether the value is empty, to Prometheus the same as no label. */
  readonly isEmpty: boolean;
  /** Whether two values may have one text, or the text is too long to look at. */
  readonly isAmbiguous: boolean;
}

/** Gives each variant a small number. Two attributes of one variant have one label only if they are equal. */
export class LabelVariants {
  readonly names: LabelNames;
  readonly #codes = new Map<string, number>();
  readonly #variants: LabelVariant[] = [];

  constructor(names: LabelNames) {
    this.names = names;
  }

  get size(): number {
    return this.#variants.length;
  }

  at(code: number): LabelVariant {
    return this.#variants[code]!;
  }

  codeOf(key: string, value: unknown): number {
    const isEmpty = value === "" || value === null;
    const type = typeof value;
    const isAmbiguous =
      (type === "object" && value !== null) ||
      (typeof value === "string" && (value.length > MAX_LENGTH || !isWellFormed(value)));
    const identity = `${isEmpty} ${isAmbiguous} ${type} ${key}`;
    let code = this.#codes.get(identity);
    if (code === undefined) {
      code = this.#variants.length;
      this.#codes.set(identity, code);
      this.#variants.push({ name: this.names.nameOf(key), isEmpty, isAmbiguous });
    }
    return code;
  }
}
