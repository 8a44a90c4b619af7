// The series of the live columns: one column each.
import { createHash } from "node:crypto";
import type { Labels } from "../source.ts";

/** Series that come and go together, such as the buckets of a histogram. Their columns are adjacent. */
interface Entry {
  readonly key: string;
  /** Key of the scope that it belongs to. */
  readonly scope: string;
  readonly width: number;
}

/** One series with its column. */
export interface IndexedSeries {
  readonly column: number;
  /** `undefined` if the column is not in use. */
  readonly labels: Labels | undefined;
  /** Whether its samples are native histograms. */
  readonly isNative: boolean;
}

/** Finds columns by key and by name. Columns of removed entries are used again. */
export class SeriesIndex {
  readonly #labels: (Labels | undefined)[] = [];
  // Columns whose samples are native histograms.
  readonly #native = new Set<number>();
  readonly #entries: (Entry | undefined)[] = [];
  readonly #firstColumns = new Map<string, number>();
  readonly #byName = new Map<string, Set<number>>();
  // First columns of removed entries, by width.
  readonly #free = new Map<number, number[]>();
  #count = 0;

  /** One more than the last column. */
  get columns(): number {
    return this.#labels.length;
  }

  /** Number of series. */
  get count(): number {
    return this.#count;
  }

  /** Number of series whose samples are native histograms. */
  get nativeCount(): number {
    return this.#native.size;
  }

  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** The first column of an entry, if there is one with this key. */
  find(key: string): number | undefined {
    return this.#firstColumns.get(digestOf(key));
  }

  /** Whether an entry with this key belongs to another scope. */
  isOfAnother(key: string, scope: string): boolean {
    const column = this.find(key);
    return column !== undefined && this.#entries[column]?.scope !== scope;
  }

  /** Adds an entry of at least one series, by their labels. Returns its first column. */
  add(key: string, scope: string, series: readonly Labels[], isNative: boolean): number {
    const width = series.length;
    const first = this.#free.get(width)?.pop() ?? this.columns;
    const digest = digestOf(key);
    this.#entries[first] = { key: digest, scope, width };
    this.#firstColumns.set(digest, first);
    for (const [i, labels] of series.entries()) {
      this.#labels[first + i] = labels;
      if (isNative) this.#native.add(first + i);
      const name = labels["__name__"] ?? "";
      const named = this.#byName.get(name) ?? new Set();
      this.#byName.set(name, named.add(first + i));
    }
    this.#count += width;
    return first;
  }

  labelsOf(column: number): Labels | undefined {
    return this.#labels[column];
  }

  /** The series of a name; all series without one. Later changes of the index do not concern the result. */
  seriesOf(name: string | undefined): readonly IndexedSeries[] {
    const columns = name === undefined ? this.#labels.keys() : (this.#byName.get(name) ?? []);
    return Array.from(columns, (column) => ({
      column,
      labels: this.#labels[column],
      isNative: this.#native.has(column),
    }));
  }

  /** Removes the entries without a used column, in steps. Returns whether there were any. */
  *prune(isUsed: (column: number) => boolean): Generator<void, boolean> {
    let isPruned = false;
    for (let first = 0; first < this.columns; first++) {
      if (first % STEP === STEP - 1) yield;
      const entry = this.#entries[first];
      if (entry === undefined || isAnyUsed(first, entry.width, isUsed)) continue;
      this.#remove(first, entry);
      isPruned = true;
    }
    return isPruned;
  }

  #remove(first: number, { key, width }: Entry): void {
    this.#entries[first] = undefined;
    this.#firstColumns.delete(key);
    for (let column = first; column < first + width; column++) {
      const name = this.#labels[column]?.["__name__"] ?? "";
      const named = this.#byName.get(name);
      named?.delete(column);
      if (named?.size === 0) this.#byName.delete(name);
      this.#labels[column] = undefined;
      this.#native.delete(column);
    }
    const free = this.#free.get(width);
    if (free === undefined) this.#free.set(width, [first]);
    else free.push(first);
    this.#count -= width;
  }
}

// Entries per step.
const STEP = 256;
// Characters of a digest with a byte each: 96 bits are unique, and take less memory than a text of labels.
const DIGEST_LENGTH = 12;

function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("binary").slice(0, DIGEST_LENGTH);
}

function isAnyUsed(first: number, width: number, isUsed: (column: number) => boolean): boolean {
  for (let column = first; column < first + width; column++) if (isUsed(column)) return true;
  return false;
}
