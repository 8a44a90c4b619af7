// Series that rules write: of recording rules, and `ALERTS` and `ALERTS_FOR_STATE`.
import { LogOnce } from "../../diagnostics/log-once.ts";
import { labelsTest, metricNameOf } from "../../query/evaluation/matchers.ts";
import { type Reading, readingOf } from "../../query/reading.ts";
import { type Catalogue, SampleSource } from "../../query/sample-source.ts";
import type { Labels, SampleSeries, Selection } from "../../query/source.ts";
import { RecordedColumn, WrittenColumns } from "./recorded-column.ts";
import { ForwardingSource } from "../../query/forwarding-source.ts";
import { JoinedSource } from "../../query/joined-source.ts";

// Longer than the live samples of metrics, an hour of which is in memory. Selections beyond those ask the history.
const RETENTION_MILLIS = 5_400_000;
/** Maximum number of series, those that ended a short time ago included. */
export const MAX_RECORDED_SERIES = 20_000;
// About 50 MB.
const MAX_SAMPLES = 2_000_000;
// The limit in tests and backtests: about 500 MB.
const MAX_KEPT_SAMPLES = 20_000_000;
// Beyond any test.
const KEPT_MILLIS = 1e13;
// With too many samples, their maximum age becomes shorter by this factor.
const SHORTER = 0.9;

/** Keeps the series that rules write beyond those in memory. */
export interface RecordedStore {
  /** Stores samples of one time. Labels of a series are the same object each time. */
  append(timeUnixMillis: number, samples: Iterable<readonly [labels: Labels, value: number]>): void;
}

/** Which series that rules write are kept. */
export interface RecordedSeriesOptions {
  /** Whether all samples stay in memory, up to 20,000,000, for tests and backtests. @defaultValue false */
  readonly keepsAll?: boolean | undefined;
  /** @defaultValue 2,000,000, or 20,000,000 with `keepsAll` */
  readonly maxSamples?: number | undefined;
  /** Gets all samples but those of native histograms. */
  readonly store?: RecordedStore | undefined;
}

/**
 * The last one and a half hours of the series that rules write, in memory. At most 20,000 series, and 2,000,000 samples: the
 * oldest go first.
 */
export class RecordedSeries extends SampleSource {
  // By name, then by all labels.
  readonly #series = new Map<string, Map<string, RecordedColumn>>();
  readonly #retentionMillis: number;
  readonly #maxSamples: number;
  readonly #store: RecordedStore | undefined;
  // Those that were written since the last call of `store()`.
  readonly #unstored: Map<RecordedColumn, number> | undefined;
  readonly #writers = new Map<string, WrittenColumns>();
  readonly #once = new LogOnce();
  #count = 0;

  constructor({ keepsAll = false, maxSamples, store }: RecordedSeriesOptions = {}) {
    super();
    this.#retentionMillis = keepsAll ? KEPT_MILLIS : RETENTION_MILLIS;
    this.#maxSamples = maxSamples ?? (keepsAll ? MAX_KEPT_SAMPLES : MAX_SAMPLES);
    this.#store = store;
    this.#unstored = store && new Map();
  }

  /** Passes the samples of an evaluation on to the store, if there is one. */
  store(timeMillis: number): void {
    const samples = this.#unstored;
    if (samples === undefined || samples.size === 0) return;
    const written = [...samples].map(([{ labels }, value]) => [labels, value] as const);
    samples.clear();
    this.#store?.append(timeMillis, written);
  }

  /** The series that a rule writes, also of the rules before a change. */
  writer(key: string): WrittenColumns {
    const known = this.#writers.get(key) ?? new WrittenColumns();
    this.#writers.set(key, known);
    return known;
  }

  /** Ends the series of all other rules, which were removed. */
  retainWriters(keys: ReadonlySet<string>, timeMillis: number): void {
    for (const [key, writer] of this.#writers) {
      if (keys.has(key)) continue;
      writer.write(new Map(), timeMillis);
      this.#writers.delete(key);
    }
  }

  /** The series with these labels; `undefined` if there are too many to add one. */
  column(labels: Labels): RecordedColumn | undefined {
    const key = JSON.stringify(labels);
    const name = labels["__name__"] ?? "";
    const named = this.#series.get(name) ?? new Map<string, RecordedColumn>();
    const known = named.get(key);
    if (known !== undefined) return known;
    if (this.#count >= MAX_RECORDED_SERIES) return undefined;
    const column = new RecordedColumn(labels, this.#unstored);
    named.set(key, column);
    this.#series.set(name, named);
    this.#count++;
    return column;
  }

  /**
   * Drops samples that are old at `timeMillis`, and those after `nowMillis`, which a clock that was set back has left. Other
   * groups may have written samples after `timeMillis`.
   */
  prune(timeMillis: number, nowMillis: number = timeMillis): void {
    let ageMillis = this.#retentionMillis;
    while (this.#prune(timeMillis - ageMillis, nowMillis) > this.#maxSamples && ageMillis > 1) {
      this.#once.warn("samples", () => {
        const limit = `more than ${this.#maxSamples} samples`;
        return `rules: rules write ${limit}; the oldest are no longer in memory: aggregate, or raise the interval`;
      });
      ageMillis *= SHORTER;
    }
  }

  // Returns the number of samples that are left.
  #prune(from: number, to: number): number {
    let samples = 0;
    for (const [name, named] of this.#series) {
      for (const [key, column] of named) {
        if (column.prune(from, to)) {
          samples += column.size;
          continue;
        }
        named.delete(key);
        column.isDropped = true;
        this.#count--;
      }
      if (named.size === 0) this.#series.delete(name);
    }
    return samples;
  }

  override read(selections: readonly Selection[]): readonly Reading<SampleSeries>[] {
    return selections.map((selection) => readingOf(this.#selected(selection)));
  }

  /** Whether no series has the name that a selection asks for. */
  isWithout({ matchers }: Selection): boolean {
    const name = metricNameOf(matchers);
    return this.#count === 0 || (name !== undefined && !this.#series.has(name));
  }

  *#selected({ matchers, from, to, isExact }: Selection): Generator<SampleSeries> {
    const name = metricNameOf(matchers);
    const candidates = name === undefined ? [...this.#series.values()] : [this.#series.get(name)];
    let holds: ((labels: Labels) => boolean) | undefined;
    for (const named of candidates) {
      if (named === undefined) continue;
      holds ??= labelsTest(matchers);
      for (const column of named.values()) {
        const samples = holds(column.labels) ? column.read(from, to, isExact) : undefined;
        if (samples !== undefined) yield samples;
      }
    }
  }
}

/** A source together with the series that rules write. Those in memory continue those of the source, such as of a history. */
export class RulesSource extends ForwardingSource {
  readonly #source: SampleSource;
  readonly #recorded: RecordedSeries;
  readonly #joined: JoinedSource;

  constructor(source: SampleSource, recorded: RecordedSeries) {
    super();
    this.#source = source;
    this.#recorded = recorded;
    this.#joined = new JoinedSource(source, recorded);
  }

  override get knowsStarts(): boolean {
    return this.#source.knowsStarts;
  }

  override catalogue(): Catalogue {
    const catalogue = this.#source.catalogue();
    return {
      labels: (selection) => this.#joined.labels(selection),
      metadata: () => catalogue.metadata(),
      pauses: (from) => catalogue.pauses(from),
      ready: (selections) => catalogue.ready(selections),
      beginUnixMillis: catalogue.beginUnixMillis,
    };
  }

  protected override sourceOf(selection: Selection): SampleSource {
    return this.#recorded.isWithout(selection) ? this.#source : this.#joined;
  }
}
