// Labels of series as Prometheus has them.
import type { CollectedHistogram } from "../../engine/collection/collected-metric.ts";
import { canonicalBound } from "../../translation/bound-text.ts";
import type { Label } from "../../translation/family.ts";
import type { Labels } from "../source.ts";

// Limit of texts that several series may share.
const MAX_TEXTS = 1_000;

/** The labels of series, sorted by name. Series share the memory of equal texts. */
export class EntryLabels {
  readonly #texts = new Map<string, string>();

  /** Prometheus treats an empty label as absent. Scrapes have no half of a surrogate pair, and links take none. */
  of(name: string, labels: readonly Label[]): Labels {
    const textOf = ({ value }: Label): string => this.text(String(value).toWellFormed());
    const texts = labels.map((label): [string, string] => [label.name, textOf(label)]);
    return sorted([["__name__", name], ...texts.filter(([, value]) => value !== "")]);
  }

  /** Those of all series of a histogram: the buckets, the count, the sum. */
  ofHistogram({ boundaries, hasSum }: CollectedHistogram, whole: Labels): readonly Labels[] {
    return [
      ...boundaries.map((bound) => this.suffixed(whole, "_bucket", canonicalBound(bound))),
      this.suffixed(whole, "_bucket", canonicalBound(Infinity)),
      this.suffixed(whole, "_count"),
      ...(hasSum ? [this.suffixed(whole, "_sum")] : []),
    ];
  }

  suffixed({ __name__: name = "", ...labels }: Labels, suffix: string, bound?: string): Labels {
    const le: [string, string][] = bound === undefined ? [] : [["le", this.text(bound)]];
    return sorted([["__name__", this.text(name + suffix)], ...Object.entries(labels), ...le]);
  }

  /** One string for equal texts. */
  text(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}

function sorted(labels: readonly [string, string][]): Labels {
  return Object.fromEntries(labels.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
