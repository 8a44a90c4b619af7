// The series of earlier collections, so that the end of each can be reported.
import { IntLists } from "./int-lists.ts";

/** Numbers of one series: those of its labels, its name, its bound and its type. */
export interface KnownSeries {
  /** Ids of the names and values of its labels, without those of the target and those below. */
  readonly labels: Int32Array;
  readonly name: number;
  /** Id of label `le`; 0 without one. */
  readonly bound: number;
  readonly type: number;
}

const ENDED = 0;
// Numbers of a series in `#series`.
const COLUMNS = 4;
const FEW_SERIES = 1_000;

/** Remembers which series were in the latest collection. */
export class SeriesMemory {
  readonly #labels = new IntLists();
  readonly #series = new IntLists();
  // The latest collection with the series, by its number; `ENDED` once its end was reported.
  #seen = new Int32Array(64);
  // Series whose entry in `#seen` has been set.
  #counted = 0;
  #collection = 0;
  #endedCount = 0;
  readonly #scratch = new Int32Array(COLUMNS);

  /** Number of series, ended ones included. */
  get size(): number {
    return this.#series.size;
  }

  /** Whether most of the memory is of series that have ended. */
  get isBloated(): boolean {
    return this.#endedCount > FEW_SERIES && 2 * this.#endedCount > this.#series.size;
  }

  beginCollection(): void {
    this.#collection++;
  }

  /** The number of a list of labels, for {@link SeriesMemory.see}. */
  labelsOf(ids: Int32Array, count: number): number {
    return this.#labels.numberOf(ids, count);
  }

  /** Notes that a series is in this collection. Returns its number. */
  see(labels: number, name: number, bound: number, type: number): number {
    const scratch = this.#scratch;
    scratch[0] = labels;
    scratch[1] = name;
    scratch[2] = bound;
    scratch[3] = type;
    const series = this.#series.numberOf(scratch, COLUMNS);
    if (series >= this.#seen.length) {
      const grown = new Int32Array(2 * series);
      grown.set(this.#seen);
      this.#seen = grown;
    } else if (this.#seen[series] === ENDED && series < this.#counted) this.#endedCount--;
    this.#counted = Math.max(this.#counted, series + 1);
    this.#seen[series] = this.#collection;
    return series;
  }

  /**
   * Ends the series that were not in this collection, or all, and calls `report` with each. They stay known, since many
   * come back.
   */
  *end(all: boolean, report: (series: KnownSeries) => void): Generator<void, void> {
    for (let series = 0; series < this.#counted; series++) {
      if (series % 256 === 255) yield;
      const seen = this.#seen[series];
      if (seen === ENDED || (seen === this.#collection && !all)) continue;
      report(this.#known(series));
      this.#seen[series] = ENDED;
      this.#endedCount++;
    }
  }

  /** The series that have not ended. */
  *living(): Generator<KnownSeries, void> {
    for (let series = 0; series < this.#counted; series++)
      if (this.#seen[series] !== ENDED) yield this.#known(series);
  }

  #known(series: number): KnownSeries {
    const [labels = 0, name = 0, bound = 0, type = 0] = this.#series.at(series);
    return { labels: this.#labels.at(labels), name, bound, type };
  }
}
