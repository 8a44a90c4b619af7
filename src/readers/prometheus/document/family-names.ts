// The names in one document, so that no two families have samples of one name.
import type { FamilyHead } from "../../../translation/family.ts";

// What OpenMetrics reserves for each histogram, shown or not.
const OF_HISTOGRAMS = ["_bucket", "_sum", "_count", "_created"];

/** The names of all families of a document, and those of histograms' samples. */
export class FamilyNames {
  readonly #families: ReadonlySet<string>;
  readonly #samples: ReadonlySet<string>;

  constructor(heads: readonly Pick<FamilyHead, "name" | "kind">[]) {
    this.#families = new Set(heads.map(({ name }) => name));
    const histograms = heads.filter(({ kind }) => kind === "histogram");
    this.#samples = new Set(histograms.flatMap(({ name }) => OF_HISTOGRAMS.map((ending) => name + ending)));
  }

  /** Whether a family has this name. */
  hasFamily(name: string): boolean {
    return this.#families.has(name);
  }

  /** Whether a family, or a sample of a histogram, has this name. */
  has(name: string): boolean {
    return this.#families.has(name) || this.#samples.has(name);
  }
}
