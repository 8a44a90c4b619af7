// Whether rows of a metric can have the same labels, decided without building the labels.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Interner } from "../engine/series/interner.ts";
import type { LabelNames } from "./escape-name.ts";
import type { FamilyHead } from "./family.ts";
import { BUCKET_LABEL } from "./labels.ts";

// Rows per step: some tens of microseconds.
const STEP = 64;
// Rows with more labels take steps of their own, as rows that may be identical do.
const MAX_LABELS = 128;
// About 8 MB; the facts of further pairs are not cached.
const MAX_PAIRS = 1 << 17;
// Exceeded only if attribute keys are generated at run time.
const MAX_VARIANTS = 10_000;

interface PairFacts {
  readonly stamp: number;
  readonly name: string;
  /** Equal for equal names. */
  readonly nameId: number;
  /** Labels of the same name and variant have different text if their pairs differ. */
  readonly variant: number;
  /** Whether the label is not empty and different from all others of its variant. */
  readonly isDistinct: boolean;
}

/** Facts about the attribute pairs of one interner; there are far fewer pairs than series. */
export class DistinctRows {
  static readonly #known = new WeakMap<LabelNames, WeakMap<Interner, DistinctRows>>();
  readonly #names: LabelNames;
  readonly #interner: Interner;
  readonly #nameIds = new Map<string, number>();
  readonly #variants = new Map<string, number>();
  readonly #ids = new Int32Array(MAX_LABELS);
  readonly #facts: (PairFacts | undefined)[] = [];

  private constructor(names: LabelNames, interner: Interner) {
    this.#names = names;
    this.#interner = interner;
  }

  /** The facts for these names, kept as long as the interner. */
  static of(names: LabelNames, interner: Interner): DistinctRows {
    let ofNames = this.#known.get(names);
    if (ofNames === undefined) this.#known.set(names, (ofNames = new WeakMap()));
    let rows = ofNames.get(interner);
    if (rows === undefined || rows.#variants.size > MAX_VARIANTS) {
      ofNames.set(interner, (rows = new DistinctRows(names, interner)));
    }
    return rows;
  }

  /**
   * Whether all rows of a metric have distinct labels: each label name belongs to one attribute and type. Some metrics
   * with distinct labels return `false`, too.
   */
  *areDistinct({ series }: CollectedMetric, { kind }: FamilyHead): Generator<undefined, boolean> {
    const variants: number[] = [];
    let areDistinct = true;
    const visitor = {
      series: (_cells: Float64Array, _offset: number, row: number): void => {
        const count = series.pairsOf(row, this.#ids);
        if (count > MAX_LABELS) areDistinct = false;
        for (let i = 0; i < count && areDistinct; i++) {
          const { name, nameId, variant, isDistinct } = this.#factsOf(this.#ids[i]!);
          if ((variants[nameId] ??= variant) !== variant || !isDistinct) areDistinct = false;
          // In a histogram this label is renamed.
          if (kind === "histogram" && name === BUCKET_LABEL) areDistinct = false;
        }
      },
    };
    for (let from = 0; from < series.length; from += STEP) {
      series.visit(from, from + STEP, visitor);
      if (!areDistinct) return false;
      yield undefined;
    }
    return true;
  }

  #factsOf(id: number): PairFacts {
    const known = this.#facts[id];
    const stamp = this.#interner.stampOf(id);
    if (known !== undefined && known.stamp === stamp) return known;
    const facts = this.#readFacts(id, stamp);
    if (id < MAX_PAIRS) {
      // Fills up in order: an array with holes would be slow.
      while (this.#facts.length < id) this.#facts.push(undefined);
      this.#facts[id] = facts;
    }
    return facts;
  }

  #readFacts(id: number, stamp: number): PairFacts {
    const key = this.#interner.keyOf(id);
    const value = this.#interner.valueOf(id);
    const name = this.#names.nameOf(key);
    return {
      stamp,
      name,
      nameId: numberOf(this.#nameIds, name),
      variant: numberOf(this.#variants, `${typeof value} ${key}`),
      isDistinct:
        typeof value === "string" ? value !== "" && value.isWellFormed() : typeof value !== "object",
    };
  }
}

function numberOf(numbers: Map<string, number>, text: string): number {
  let number = numbers.get(text);
  if (number === undefined) numbers.set(text, (number = numbers.size));
  return number;
}
