// Labels as JSON, `"route":"/a"`, cached for each pair of the interner; there are far fewer pairs than series.
import type { Interner } from "../../engine/series/interner.ts";
import { snapshotNumber } from "../../translation/snapshot-document.ts";
import type { LabelNames } from "../../translation/escape-name.ts";
import type { Label } from "../../translation/family.ts";
import { piecesOf } from "../../translation/label-steps.ts";
import { labelValue } from "../../translation/label-value.ts";
import type { ClassicBuckets } from "../../translation/buckets.ts";

// About 20 MB; labels of further pairs are not cached.
const MAX_LABELS = 1 << 17;

export interface LineLabel {
  readonly name: string;
  readonly text: string;
}

/** Cached labels of one interner's pairs. */
export class LineLabels {
  readonly #names: LabelNames;
  // Weak: another provider creates an interner, with all its attributes, for each collection.
  #interner: WeakRef<Interner> | undefined;
  #known: ({ readonly stamp: number; readonly label: LineLabel } | undefined)[] = [];

  constructor(names: LabelNames) {
    this.#names = names;
  }

  /** Begins a walk through series of this interner; ends earlier walks. */
  begin(interner: Interner): void {
    if (this.#interner?.deref() === interner) return;
    this.#interner = new WeakRef(interner);
    this.#known = [];
  }

  labelOf(id: number, interner: Interner): LineLabel {
    const known = this.#known[id];
    const stamp = interner.stampOf(id);
    if (known !== undefined && known.stamp === stamp) return known.label;
    const label = this.#labelOf(interner.keyOf(id), interner.valueOf(id));
    if (id < MAX_LABELS) {
      // Fills up in order: an array with holes would be slow.
      while (this.#known.length < id) this.#known.push(undefined);
      this.#known[id] = { stamp, label };
    }
    return label;
  }

  #labelOf(key: string, given: unknown): LineLabel {
    const name = this.#names.nameOf(key);
    return { name, text: labelJson({ name, value: labelValue(given) }) };
  }
}

/** Labels as JSON, each with a comma before it. */
export function labelsJson(labels: readonly Label[]): string {
  return labels.map((label) => `,${labelJson(label)}`).join("");
}

/** A label with a long text value, in pieces, with a comma before it. */
export function* longLabelJson({ name, value }: Label): Generator<string> {
  yield `,${JSON.stringify(name)}:"`;
  for (const piece of piecesOf(String(value))) yield JSON.stringify(piece).slice(1, -1);
  yield '"';
}

// Numbers that JSON cannot represent become strings.
function labelJson({ name, value }: Label): string {
  return `${JSON.stringify(name)}:${JSON.stringify(typeof value === "number" ? snapshotNumber(value) : value)}`;
}

/** A number as JSON, or as `"NaN"`, `"+Inf"` or `"-Inf"`. */
export function numberJson(value: number): string {
  return Number.isFinite(value) ? String(value) : JSON.stringify(snapshotNumber(value));
}

type ShownBuckets = Pick<
  ClassicBuckets,
  "length" | "bounds" | "cumulativeCounts" | "count" | "sum" | "min" | "max"
>;

/** Histograms as JSON: `count`, `sum`, `min`, `max` and `buckets`, in rising order. */
export class HistogramJson {
  #bounds = new Float64Array(0);
  #keys: readonly string[] = [];

  /** The text of one histogram; fastest if its bounds equal those of the previous one. */
  textOf(buckets: ShownBuckets): string {
    const { length, cumulativeCounts, count, sum = 0, min, max } = buckets;
    if (!this.#knows(buckets)) this.#learn(buckets);
    let text = `{"count":${count},"sum":${numberJson(sum)},"min":${nullable(min)},"max":${nullable(max)},"buckets":{`;
    for (let i = 0; i < length; i++) text += this.#keys[i]! + cumulativeCounts[i]! + ",";
    return `${text}"+Inf":${count}}}`;
  }

  #knows({ length, bounds }: ShownBuckets): boolean {
    if (this.#bounds.length !== length) return false;
    for (let i = 0; i < length; i++) if (this.#bounds[i] !== bounds[i]) return false;
    return true;
  }

  #learn({ length, bounds }: ShownBuckets): void {
    this.#bounds = bounds.slice(0, length);
    this.#keys = Array.from(this.#bounds, (bound) => `"${bound}":`);
  }
}

function nullable(value: number | undefined): string {
  return value === undefined ? "null" : numberJson(value);
}
