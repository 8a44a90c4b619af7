/** Common parts of the stores of all aggregations. */
import type { Attributes, Context } from "@opentelemetry/api";
import { SeriesTable, type SeriesTableOptions } from "../series/series-table.ts";
import type { PageMemory } from "./pages.ts";
import { RowSequences } from "./row-sequences.ts";

export interface Recorder {
  /** Records a validated `value`. Returns the row of its series, or {@link NO_ROW}. Never throws. */
  record(value: number, attributes: Attributes | undefined, context: Context | undefined): number;
}

export interface BindableRecorder extends Recorder {
  /**
   * Returns a handle to the series of `attributes`. The row stays with the series until it is released.
   *
   * @param parts the number of parts in the instrument's unit, if the handle records a number of parts: 1e9 for nanoseconds and
   * an instrument of seconds. V8 passes whole numbers below 2 ** 31 from function to function without allocating them.
   */
  bind(attributes: Attributes | undefined, parts?: number): Handle;
  /** Like `bind`, without a hold: the handle is valid until a row is freed. See `RowChanges`. */
  find(attributes: Attributes | undefined, parts?: number): Handle;
  /** Row of the series of `attributes`, or {@link NO_ROW}. Creates nothing. */
  existing(attributes: Attributes | undefined): number;
}

export interface Handle {
  /** Row of the series, or {@link NO_ROW}. */
  readonly row: number;
  record(value: number): void;
  /** Releases the series. Nothing may be recorded through the handle after the series' removal. */
  release(): void;
}

/** Row returned by recorders that have no series, or several. */
export const NO_ROW = -1;

/**
 * Kinds of pages of a store: the series' rows, windows of negative values, counts above 65,535, and sequence numbers.
 */
export const PARTS = { rows: 0, negatives: 1, overflows: 2, sequences: 3, changes: 4 } as const;
export type Part = (typeof PARTS)[keyof typeof PARTS];

/** Memory of a store that other threads read. It is notified of the series in the rows. */
export interface SharedStore {
  /** Whether other threads see writes in their order, as on x64. Otherwise rows get sequence numbers. */
  readonly isOrdered: boolean;
  /** Returns memory, filled with 0, for the next page of a part. */
  page(part: Part, cells: number): Float64Array;
  /** A row was given to a series, or row 0 was first used. */
  added(row: number, series: SeriesTable): void;
  /**
   * The row's series was removed, and its cells emptied.
   *
   * @param last its last cells, if the application has removed it; `undefined` if it was idle.
   */
  freed(row: number, last?: Float64Array): void;
}

/** Options of a store apart from its aggregation: those of the table, and the memory of the cells. */
export interface StoreOptions extends Omit<SeriesTableOptions, "onNewRow" | "onAdded"> {
  readonly shared?: SharedStore | undefined;
}

/** Memory of a part's pages. */
export function memoryOf(shared: SharedStore | undefined, part: Part): PageMemory | undefined {
  return shared && ((cells) => shared.page(part, cells));
}

/** A store with a row of cells per series. Values are not checked here: instruments drop invalid ones. */
export abstract class RowStore implements BindableRecorder {
  readonly series: SeriesTable;
  /** Sequence numbers of the rows, if shared cells may be read while a row of several cells is written. */
  readonly sequences: RowSequences | undefined;
  readonly #shared: SharedStore | undefined;

  constructor(rows: { reserve(row: number): void }, { shared, ...table }: StoreOptions, isMarked = true) {
    const memory = memoryOf(shared, PARTS.sequences);
    this.#shared = shared;
    this.sequences =
      memory !== undefined && isMarked && shared?.isOrdered === false ? new RowSequences(memory) : undefined;
    const onNewRow = (row: number): void => {
      rows.reserve(row);
      this.sequences?.reserve(row);
    };
    this.series = new SeriesTable({
      ...table,
      onNewRow,
      ...(shared !== undefined && { onAdded: (row, series) => shared.added(row, series) }),
    });
  }

  abstract record(value: number, attributes: Attributes | undefined): number;
  /** Whether the row is exported: something was recorded since it was created or emptied, or it is shown empty. */
  abstract isRecorded(row: number): boolean;
  protected abstract clear(row: number): void;
  protected abstract handleTo(row: number): Handle;

  /** @param last See `SharedStore.freed`. */
  empty(row: number, last?: Float64Array): void {
    this.sequences?.mark(row);
    this.clear(row);
    this.sequences?.mark(row);
    this.#shared?.freed(row, last);
  }

  bind(attributes: Attributes | undefined, parts = 1): Handle {
    const row = this.series.rowOf(attributes);
    const handle = parts === 1 ? this.handleTo(row) : this.handleOfParts(row, parts);
    return this.sequences === undefined ? handle : new MarkedHandle(handle, this.sequences);
  }

  find(attributes: Attributes | undefined, parts?: number): Handle {
    const handle = this.bind(attributes, parts);
    handle.release();
    return handle;
  }

  existing(attributes: Attributes | undefined): number {
    return this.series.existingRowOf(attributes);
  }

  protected handleOfParts(row: number, parts: number): Handle {
    const handle = this.handleTo(row);
    return { row, record: (value) => handle.record(value / parts), release: () => handle.release() };
  }
}

/** A store of histograms. Rows may be exported without measurements. */
export abstract class HistogramStore extends RowStore {
  readonly #shownEmpty = new Set<number>();

  abstract countOf(row: number): number;

  isRecorded(row: number): boolean {
    return this.countOf(row) > 0 || this.#shownEmpty.has(row);
  }

  override empty(row: number, last?: Float64Array): void {
    this.#shownEmpty.delete(row);
    super.empty(row, last);
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
