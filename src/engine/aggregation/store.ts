/** What stores of all aggregations have in common. */
import type { Attributes, Context } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { RowSequences } from "./row-sequences.ts";

export interface Recorder {
  /** Records a `value` that was checked; returns the row of its series, or {@link NO_ROW}. Never throws. */
  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number;
}

export interface BindableRecorder extends Recorder {
  /** A handle to the series of `attributes`, which stays its own until released. */
  bind(attributes: Attributes | undefined): Handle;
}

export interface Handle {
  /** The row of the series, or {@link NO_ROW}. */
  readonly row: number;
  record(value: number): void;
  /** Lets go of the series. Nothing may be recorded through the handle afterwards. */
  release(): void;
}

/** What a recorder answers that keeps no series, or several. */
export const NO_ROW = -1;

/** What a store is made of beside its aggregation: the table's options, and where its cells lie. */
export interface StoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells lie on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean | undefined;
}

/** A store whose series have rows of cells. Values are not checked here: an instrument refuses what is none. */
export abstract class RowStore implements BindableRecorder {
  readonly series: SeriesTable;
  /** The rows' sequence numbers, where shared cells may be read while a row of several is written. */
  readonly sequences: RowSequences | undefined;

  constructor(rows: { reserve(row: number): void }, { shared, ...table }: StoreOptions, isMarked = true) {
    this.sequences = shared === true && isMarked ? new RowSequences() : undefined;
    const onNewRow = (row: number): void => {
      rows.reserve(row);
      this.sequences?.reserve(row);
    };
    this.series = new SeriesTable({ ...table, onNewRow });
  }

  abstract record(value: number, attributes: Attributes | undefined): number;
  /** Whether the row is to be exported: something was recorded since it was made or emptied, or it is shown empty. */
  abstract isRecorded(row: number): boolean;
  protected abstract clear(row: number): void;
  protected abstract handleTo(row: number): Handle;

  empty(row: number): void {
    this.sequences?.mark(row);
    this.clear(row);
    this.sequences?.mark(row);
  }

  bind(attributes: Attributes | undefined): Handle {
    const handle = this.handleTo(this.series.rowOf(attributes));
    return this.sequences === undefined ? handle : new MarkedHandle(handle, this.sequences);
  }
}

/** A store of histograms: their rows may be shown though nothing was recorded in them. */
export abstract class HistogramStore extends RowStore {
  readonly #shownEmpty = new Set<number>();

  abstract countOf(row: number): number;

  isRecorded(row: number): boolean {
    return this.countOf(row) > 0 || this.#shownEmpty.has(row);
  }

  override empty(row: number): void {
    this.#shownEmpty.delete(row);
    super.empty(row);
  }

  /** Has the row exported though nothing was recorded in it, until it is put back. */
  showEmpty(row: number): void {
    this.#shownEmpty.add(row);
  }
}

/** Holds the row of one series, so that it is given to no other. */
export class RowHandle {
  readonly row: number;
  readonly #series: SeriesTable;
  #held = true;

  constructor(series: SeriesTable, row: number) {
    series.retain(row);
    this.#series = series;
    this.row = row;
  }

  /** Lets go of the series: a time to live or a cycle of deltas may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#series.release(this.row);
  }
}

/** A handle to a row that other threads read. A class of its own: with a test in each handle V8 inlines less. */
export class MarkedHandle implements Handle {
  readonly row: number;
  readonly #handle: Handle;
  readonly #sequences: RowSequences;

  constructor(handle: Handle, sequences: RowSequences) {
    this.row = handle.row;
    this.#handle = handle;
    this.#sequences = sequences;
  }

  record(value: number): void {
    this.#sequences.mark(this.row);
    this.#handle.record(value);
    this.#sequences.mark(this.row);
  }

  release(): void {
    this.#handle.release();
  }
}
