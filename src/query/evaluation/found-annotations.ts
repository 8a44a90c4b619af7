import { annotations, type Reporter, isWarning, positioned } from "../annotations.ts";
import type { Place } from "../expression.ts";
import type { BucketRepair } from "../histograms/classic-buckets.ts";
import { shortNumber, twoDigits } from "../number-text.ts";

// Their texts have label values, and so there may be one for each series.
const MAX_OF_A_KIND = 1_000;

/**
 * Warnings and infos of an evaluation, at most 1,000 of each. One with the same text is kept once, with its last position,
 * as in Prometheus.
 */
export class FoundAnnotations {
  readonly #text: string | undefined;
  // Starts of the places, by annotation.
  readonly #found = new Map<string, number>();
  readonly #counts = { warnings: 0, infos: 0 };
  #repairs: Repairs | undefined;

  /** @param text the expression as it was written; `undefined` leaves out positions. */
  constructor(text: string | undefined) {
    this.#text = text;
  }

  /** Adds one with the position at which `place` starts. */
  add(annotation: string, { start }: Place): void {
    if (!this.#found.has(annotation) && this.#counts[kindOf(annotation)]++ >= MAX_OF_A_KIND) return;
    this.#found.set(annotation, start);
  }

  /** Adds the info that the buckets of a classic histogram were repaired. One info has all of them. */
  addRepair(repair: BucketRepair, timeMillis: number, place: Place): void {
    const known = this.#repairs;
    if (known === undefined) this.add(annotations.forcedMonotonicity(), place);
    this.#repairs = {
      minBound: Math.min(known?.minBound ?? Infinity, repair.minBound),
      maxBound: Math.max(known?.maxBound ?? -Infinity, repair.maxBound),
      maxDifference: Math.max(known?.maxDifference ?? 0, repair.maxDifference),
      count: (known?.count ?? 0) + 1,
      from: Math.min(known?.from ?? Infinity, timeMillis),
      to: Math.max(known?.to ?? -Infinity, timeMillis),
    };
  }

  /** Receiver for a function that evaluates one series. */
  reporter(metricName: string, place: Place): Reporter {
    return { metricName, annotate: (annotation) => this.add(annotation, place) };
  }

  /** In order of appearance. */
  list(): readonly string[] {
    if (this.#found.size === 0) return [];
    const text = this.#text;
    if (text === undefined) return [...this.#found.keys()];
    const repaired = annotations.forcedMonotonicity();
    return Array.from(this.#found, ([annotation, start]) => {
      const detail = annotation === repaired && this.#repairs ? detailOf(this.#repairs) : "";
      return positioned(`${annotation}${detail}`, text, start);
    });
  }
}

/** All repairs of an evaluation, and their times. */
interface Repairs extends BucketRepair {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

function detailOf({ minBound, maxBound, maxDifference, count, from, to }: Repairs): string {
  const bounds = `from buckets ${shortNumber(minBound)} to ${shortNumber(maxBound)}`;
  const times = `from ${secondsText(from)} to ${secondsText(to)}`;
  return `, ${bounds}, with a max diff of ${twoDigits(maxDifference)}, over ${count} samples ${times}`;
}

// As RFC 3339 in whole seconds.
function secondsText(millis: number): string {
  return Math.abs(millis) <= MAX_DATE
    ? new Date(millis).toISOString().replace(/\.\d+/, "")
    : `${Math.floor(millis / 1_000)} s`;
}

const MAX_DATE = 8.64e15;

function kindOf(annotation: string): "warnings" | "infos" {
  return isWarning(annotation) ? "warnings" : "infos";
}
