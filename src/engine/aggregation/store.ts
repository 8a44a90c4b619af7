/** Common parts of the stores of all aggregations. */
import type { Attributes, Context } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import { RowSequences } from "./row-sequences.ts";

export interface Recorder {
  /** Records a validated `value`. Returns the row of its series, or {@link NO_ROW}. Never throws. */
  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number;
}

export interface BindableRecorder extends Recorder {
  /** Returns a handle to the series of `attributes`. The row stays with the series until it is released. */
  bind(attributes: Attributes | undefined): Handle;
}

export interface Handle {
  /** Row of the series, or {@link NO_ROW}. */
  readonly row: number;
  record(value: number): void;
  /** Releases the series. Nothing may be recorded through the handle afterwards. */
  release(): void;
}

/** Row returned by recorders that have no series, or several. */
export const NO_ROW = -1;

/** Options of a store apart from its aggregation: those of the table, and the memory of the cells. */
export interface StoreOptions extends Omit<SeriesTableOptions, "onNewRow"> {
  /** Whether the cells are on `SharedArrayBuffer`. @defaultValue false */
  readonly shared?: boolean | undefined;
}

/** A store with a row of cells per series. Values are not checked here: instruments drop invalid ones. */
export abstract class RowStore implements BindableRecorder {
  readonly series: SeriesTable;
  /** Sequence numbers of the rows, if shared cells may be read while a row of several cells is written. */
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
  /** Whether the row is exported: something was recorded since it was created or emptied, or it is shown empty. */
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

/** A store of histograms. Rows may be exported without measurements. */
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

  /** Exports the row even if nothing is recorded in it, until it is emptied. */
  showEmpty(row: number): void {
    this.#shownEmpty.add(row);
  }
}

/** Holds the row of one series, so that no other series can take it. */
export class RowHandle {
  readonly row: number;
  readonly #series: SeriesTable;
  #held = true;

  constructor(series: SeriesTable, row: number) {
    series.retain(row);
    this.#series = series;
    this.row = row;
  }

  /** Releases the series: a time to live or a delta cycle may free its row. Later calls do nothing. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#series.release(this.row);
  }
}

/** Handle to a row that other threads read. A separate class, because with a check in each handle V8 inlines less. */
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
