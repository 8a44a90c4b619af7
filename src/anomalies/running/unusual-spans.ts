// The times at which series were unusual, for charts. They are kept in memory.
import type { Labels } from "../../query/index.ts";
import type { JudgedSeries } from "./judged-series.ts";

/** A time during which a series was unusual, in seconds since the epoch. */
export interface UnusualSpan {
  readonly metric: string;
  readonly kind: string;
  readonly labels: Labels;
  readonly from: number;
  /** `undefined` while it is unusual. */
  readonly to: number | undefined;
}

const MAX_SPANS = 500;

/** The latest spans of all series. */
export class UnusualSpans {
  readonly #open = new Map<JudgedSeries, UnusualSpan>();
  #ended: UnusualSpan[] = [];

  /** Takes the state of all series after an evaluation. */
  note(series: Iterable<JudgedSeries>, seconds: number): void {
    const active = new Set<JudgedSeries>();
    for (const each of series) {
      if (!each.isActive) continue;
      active.add(each);
      if (this.#open.has(each)) continue;
      const { watched, labels, since } = each;
      this.#open.set(each, {
        metric: watched.metric,
        kind: watched.kind,
        labels,
        from: since,
        to: undefined,
      });
    }
    for (const [each, span] of this.#open) {
      if (active.has(each)) continue;
      this.#open.delete(each);
      this.#ended.push({ ...span, to: seconds });
    }
    if (this.#ended.length > MAX_SPANS) this.#ended = this.#ended.slice(-MAX_SPANS);
  }

  /** Those that have ended, and those of series that are unusual now. */
  all(): readonly UnusualSpan[] {
    return [...this.#ended, ...this.#open.values()];
  }
}
