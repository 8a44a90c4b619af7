// The series of the live columns: one column each.
import { labelsTest } from "../evaluation/matchers.ts";
import type { Life } from "../from-zero.ts";
import type { Labels, Matcher } from "../source.ts";
import { KeyColumns } from "./key-columns.ts";

// Entries or columns per step.
const STEP = 256;
// Series that are tested between two looks at the clock: some tens of microseconds, unless a pattern is slow.
const PIECE = 64;

/** One series with its column. */
export interface IndexedSeries {
  readonly column: number;
  readonly labels: Labels;
  /** Whether its samples are native histograms. */
  readonly isNative: boolean;
}

/** Columns of the series with one name. Another object replaces it when columns are removed. */
interface Named {
  readonly columns: number[];
}

/** The series of a name that match, among those that were tested. */
interface Matched {
  readonly named: Named;
  /** Number of tested columns. */
  tested: number;
  readonly series: IndexedSeries[];
}

/** The series of any name that match. */
interface MatchedOfAnyName {
  /** Number of changes of the index when they were found. */
  readonly changes: number;
  readonly series: readonly IndexedSeries[];
}

/**
 * Finds columns by key and by matchers. An entry consists of series that come and go together, such as the buckets of a
 * histogram: their columns are adjacent. Columns of removed entries are used again.
 */
export class SeriesIndex {
  /** Time from which samples are kept, in Unix milliseconds. */
  keptSince: number = -Infinity;
  readonly #labels: (Labels | undefined)[] = [];
  // Unix milliseconds at which cumulative series began with 0, and of their first samples since then, by column.
  readonly #begins: (number | undefined)[] = [];
  readonly #firsts: number[] = [];
  // Those of series that began again.
  readonly #formerLives = new Map<number, readonly Life[]>();
  // Starts that were noted in the present collection, by column.
  readonly #noted = new Map<number, number>();
  #firstBegin = Infinity;
  // Columns whose samples are native histograms.
  readonly #native = new Set<number>();
  // Number of columns of an entry, by its first one.
  readonly #widths: number[] = [];
  readonly #firstColumns = new KeyColumns();
  readonly #byName = new Map<string, Named>();
  // By list of matchers: that of an expression that is evaluated again and again is the same.
  readonly #matched = new WeakMap<readonly Matcher[], Matched>();
  readonly #matchedOfAnyName = new WeakMap<readonly Matcher[], MatchedOfAnyName>();
  // First columns of removed entries, by width.
  readonly #free = new Map<number, number[]>();
  #count = 0;
  #prunings = 0;
  // Additions and prunings.
  #changes = 0;

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

  /** The first column of an entry, if there is one with this key. */
  find(key: string): number | undefined {
    return this.#firstColumns.find(key);
  }

  /** Adds an entry of at least one series, by their labels. Returns its first column. */
  add(key: string, series: readonly Labels[], isNative: boolean): number {
    this.#changes++;
    const width = series.length;
    const first = this.#free.get(width)?.pop() ?? this.columns;
    this.#firstColumns.add(key, first);
    for (const [i, labels] of series.entries()) {
      const column = first + i;
      this.#labels[column] = labels;
      this.#widths[column] = i === 0 ? width : 0;
      if (isNative) this.#native.add(column);
      const name = labels["__name__"] ?? "";
      const named = this.#byName.get(name);
      if (named === undefined) this.#byName.set(name, { columns: [column] });
      else named.columns.push(column);
    }
    this.#count += width;
    return first;
  }

  /** The labels of all series of an entry, by its first column. */
  entryAt(first: number): readonly Labels[] {
    return this.#labels.slice(first, first + this.#widths[first]!).filter((labels) => labels !== undefined);
  }

  /** The columns of the series with a name. */
  columnsNamed(name: string): readonly number[] {
    return this.#byName.get(name)?.columns ?? [];
  }

  /** The earliest time at which any series began with 0; infinite without any. */
  get firstBegin(): number {
    return this.#firstBegin;
  }

  /** Unix milliseconds at which a series began with 0; `undefined` for others, or if it is unknown. */
  beginOf(column: number): number | undefined {
    return this.#begins[column];
  }

  /** The lives of a series, if it began with 0. Former ones are kept with their first samples. */
  livesOf(column: number): readonly Life[] {
    const begin = this.#begins[column];
    if (begin === undefined) return [];
    return [...(this.#formerLives.get(column) ?? []), { begin, first: this.#firsts[column]! }];
  }

  /**
   * Notes that the series with this first column began with 0, in Unix milliseconds. The earliest of several rows that write
   * a series counts.
   */
  noteBegin(first: number, begin: number): void {
    const end = first + (this.#widths[first] ?? 1);
    for (let column = first; column < end; column++)
      this.#noted.set(column, Math.min(this.#noted.get(column) ?? Infinity, begin));
    this.#firstBegin = Math.min(this.#firstBegin, begin);
  }

  /**
   * Takes the noted beginnings, in steps. `sample` is the time of the present samples, which are the first ones of series
   * whose start is new. Counts of series that began before `since` are left out.
   */
  *takeBegins(sample: number, since: number): Generator<void, void> {
    let steps = 0;
    for (const [column, begin] of this.#noted) {
      const known = this.#begins[column];
      // An earlier start is a corrected one.
      if (known === undefined || begin > known) {
        const isKept = ({ first }: Life): boolean => first >= this.keptSince;
        if (known !== undefined) this.#formerLives.set(column, this.livesOf(column).filter(isKept));
        this.#firsts[column] = begin < since ? Number.NaN : sample;
      }
      this.#begins[column] = begin;
      if (++steps % STEP === 0) yield;
    }
    this.#noted.clear();
  }

  /** Forgets the first samples of all series, which are not kept any more. */
  forgetFirsts(): void {
    this.keptSince = -Infinity;
    this.#firsts.fill(Number.NaN);
    this.#formerLives.clear();
  }

  /**
   * The series that match, in pieces. Series that are added later may be added to the result; other changes of the index
   * do not concern it.
   */
  *matching(matchers: readonly Matcher[]): Generator<undefined, readonly IndexedSeries[], undefined> {
    const byName = matchers.find(({ label, operator }) => label === "__name__" && operator === "=");
    if (byName === undefined) return yield* this.#matchingOfAnyName(matchers);
    for (;;) {
      const named = this.#byName.get(byName.value);
      if (named === undefined) return [];
      const known = this.#matched.get(matchers);
      const matched = known?.named === named ? known : { named, tested: 0, series: [] };
      this.#matched.set(matchers, matched);
      if (matched.tested < named.columns.length) yield* this.#testOthers(matched, matchers, byName);
      if (this.#byName.get(byName.value) === named) return matched.series;
    }
  }

  /** Removes the entries without a used column, in steps. Returns whether there were any. */
  *prune(isUsed: (column: number) => boolean): Generator<void, boolean> {
    const removed: number[] = [];
    const names = new Set<string>();
    for (let first = 0; first < this.columns; first++) {
      if (first % STEP === STEP - 1) yield;
      const width = this.#widths[first]!;
      if (width === 0 || isAnyUsed(first, width, isUsed)) continue;
      this.#remove(first, names);
      removed.push(first);
    }
    // Not before the end: readers of the lists pass removed columns over, but not columns that are used again.
    for (const name of names) this.#shorten(name);
    for (const first of removed) this.#setFree(first);
    this.#prunings++;
    this.#changes++;
    return removed.length > 0;
  }

  // Tests the columns of a name that were added since the last time.
  *#testOthers(
    matched: Matched,
    matchers: readonly Matcher[],
    tested: Matcher,
  ): Generator<undefined, void, undefined> {
    const { columns } = matched.named;
    const holds = labelsTest(matchers.filter((matcher) => matcher !== tested));
    while (matched.tested < columns.length) {
      const series = this.#seriesOf(columns[matched.tested++]!);
      if (series !== undefined && holds(series.labels)) matched.series.push(series);
      if (matched.tested % PIECE === 0) yield;
    }
  }

  *#matchingOfAnyName(
    matchers: readonly Matcher[],
  ): Generator<undefined, readonly IndexedSeries[], undefined> {
    const known = this.#matchedOfAnyName.get(matchers);
    if (known?.changes === this.#changes) return known.series;
    const ofName = labelsTest(matchers.filter(({ label }) => label === "__name__"));
    const holds = labelsTest(matchers.filter(({ label }) => label !== "__name__"));
    for (;;) {
      const [prunings, changes] = [this.#prunings, this.#changes];
      const found: IndexedSeries[] = [];
      let tested = 0;
      for (const [name, { columns }] of this.#byName) {
        if (++tested % PIECE === 0) yield;
        if (!ofName({ __name__: name })) continue;
        for (const column of columns) {
          const series = this.#seriesOf(column);
          if (series !== undefined && holds(series.labels)) found.push(series);
          if (++tested % PIECE === 0) yield;
        }
      }
      if (this.#prunings !== prunings) continue;
      this.#matchedOfAnyName.set(matchers, { changes, series: found });
      return found;
    }
  }

  #seriesOf(column: number): IndexedSeries | undefined {
    const labels = this.#labels[column];
    return labels && { column, labels, isNative: this.#native.has(column) };
  }

  #remove(first: number, names: Set<string>): void {
    const width = this.#widths[first]!;
    this.#firstColumns.remove(first);
    for (let column = first; column < first + width; column++) {
      names.add(this.#labels[column]?.["__name__"] ?? "");
      this.#labels[column] = undefined;
      this.#begins[column] = undefined;
      this.#formerLives.delete(column);
      this.#noted.delete(column);
      this.#native.delete(column);
    }
    this.#count -= width;
  }

  // Lists the remaining columns of a name in a new list.
  #shorten(name: string): void {
    const columns = this.#byName.get(name)?.columns.filter((column) => this.#labels[column] !== undefined);
    if (columns === undefined || columns.length === 0) this.#byName.delete(name);
    else this.#byName.set(name, { columns });
  }

  #setFree(first: number): void {
    const width = this.#widths[first]!;
    this.#widths[first] = 0;
    const free = this.#free.get(width);
    if (free === undefined) this.#free.set(width, [first]);
    else free.push(first);
  }
}

function isAnyUsed(first: number, width: number, isUsed: (column: number) => boolean): boolean {
  for (let column = first; column < first + width; column++) if (isUsed(column)) return true;
  return false;
}
