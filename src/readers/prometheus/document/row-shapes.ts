/**
 * The shape of all rows of a metric with the same keys in the same order: the order of their labels and the text between.
 *
 * ```
 * row's pairs   status=200   method=GET            variants: the same for each row of the shape
 * order         1            0                     sorted by label names
 * gaps          ''           'otel_scope_name="shop",'  ''
 * text          method="GET",otel_scope_name="shop",status="200",
 * ```
 */
import type { KeyedLabel } from "../../../translation/family.ts";
import { BUCKET_LABEL } from "../../../translation/labels.ts";
import { SCOPE_PREFIX } from "../../../translation/labels.ts";
import type { LabelVariant, LabelVariants, EncodeLabels, Literal, Literals } from "./labels.ts";

export interface RowShape {
  /** The variants of the row's labels, in the row's order. */
  readonly variants: Int32Array;
  /** The indexes of the row's labels, in the order of writing. */
  readonly order: Int32Array;
  /** Place and length of the text before each label and after the last. */
  readonly gaps: Int32Array;
  readonly size: number;
  readonly names: string;
  readonly hasEmpty: boolean;
}

// With more shapes, finding the shape of a row would take longer than merging.
const MAX_SHAPES = 64;

export class RowShapes {
  readonly #variants: LabelVariants;
  readonly #constant: readonly KeyedLabel[];
  readonly #isHistogram: boolean;
  readonly #encode: EncodeLabels;
  readonly #shapes: RowShape[] = [];
  #last: RowShape | undefined;
  /**
   * Whether all rows have different text, and none takes long to write. If not, the series are merged, since Prometheus
   * could not distinguish some of them.
   */
  isPlain = true;
  /** Whether a row has a label with the name of a scope label. */
  hasScopeNames = false;

  constructor(
    variants: LabelVariants,
    constant: readonly KeyedLabel[],
    isHistogram: boolean,
    encode: EncodeLabels,
  ) {
    this.#variants = variants;
    this.#constant = constant;
    this.#isHistogram = isHistogram;
    this.#encode = encode;
  }

  /** The shape of a row with the first `count` of `variants`. */
  find(variants: Int32Array, count: number, literals: Literals): RowShape {
    const last = this.#last;
    return last !== undefined && isOf(last, variants, count)
      ? last
      : this.#findAny(variants, count, literals);
  }

  // Separate, because a function that contains a closure allocates in each call.
  #findAny(variants: Int32Array, count: number, literals: Literals): RowShape {
    let shape = this.#shapes.find((one) => isOf(one, variants, count));
    if (shape === undefined) {
      shape = this.#shapeFrom(variants.slice(0, count), literals);
      this.#add(shape);
    }
    this.#last = shape;
    return shape;
  }

  #shapeFrom(variants: Int32Array, literals: Literals): RowShape {
    const names = Array.from(variants, (code) => this.#variants.at(code).name);
    const order = Int32Array.from(names.keys()).toSorted((a, b) => (names[a]! < names[b]! ? -1 : 1));
    const sorted = Array.from(order, (i) => names[i]!);
    const gaps = this.#gapsBetween(sorted, literals);
    return {
      variants,
      order,
      gaps: Int32Array.from(gaps.flatMap(({ place, length }) => [place, length])),
      size: gaps.reduce((size, { length }) => size + length, 0),
      names: JSON.stringify(sorted),
      hasEmpty: variants.some((code) => this.#variants.at(code).isEmpty),
    };
  }

  // The constant labels before each of the names and after the last; both are sorted.
  #gapsBetween(names: readonly string[], literals: Literals): Literal[] {
    const nothing = literals.put("");
    const put = (from: number, to: number): Literal =>
      from === to ? nothing : literals.put(this.#encode(this.#constant.slice(from, to)));
    let from = 0;
    const gaps = names.map((name) => {
      const to = this.#firstConstantFrom(from, name);
      const gap = put(from, to);
      from = to;
      return gap;
    });
    return [...gaps, put(from, this.#constant.length)];
  }

  #firstConstantFrom(from: number, name: string): number {
    let at = from;
    while (at < this.#constant.length && this.#constant[at]!.name < name) at++;
    return at;
  }

  #add(shape: RowShape): void {
    const labels = Array.from(shape.variants, (code) => this.#variants.at(code));
    this.hasScopeNames ||= labels.some(({ name }) =>
      name.startsWith(this.#variants.names.nameOf(SCOPE_PREFIX)),
    );
    const codes = new Map(labels.map(({ name }, i) => [name, shape.variants[i]!]));
    this.isPlain &&=
      this.#shapes.length < MAX_SHAPES &&
      codes.size === labels.length &&
      this.#constant.every(({ name }) => !codes.has(name)) &&
      labels.every((label) => this.#isUnmistakable(label)) &&
      this.#shapes.every((other) => this.#areTold(shape, codes, other));
    this.#shapes.push(shape);
  }

  #isUnmistakable({ name, isAmbiguous }: LabelVariant): boolean {
    return !isAmbiguous && !(this.#isHistogram && name === BUCKET_LABEL);
  }

  // Whether rows of two shapes always differ. A label has one variant in all shapes, so its text determines its value.
  // Labels with an empty value may be equal to absent ones.
  #areTold(one: RowShape, codes: ReadonlyMap<string, number>, other: RowShape): boolean {
    if ((one.hasEmpty || other.hasEmpty) && one.names !== other.names) return false;
    return other.variants.every((otherCode) => {
      const { name, isEmpty } = this.#variants.at(otherCode);
      const code = codes.get(name);
      return code === undefined || code === otherCode || this.#variants.at(code).isEmpty !== isEmpty;
    });
  }
}

function isOf({ variants }: RowShape, wanted: Int32Array, count: number): boolean {
  if (variants.length !== count) return false;
  for (let i = 0; i < count; i++) if (variants[i] !== wanted[i]) return false;
  return true;
}
