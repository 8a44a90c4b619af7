/** The series of one member in a stream. */
import type { Attributes } from "@opentelemetry/api";
import { grownInt32 } from "../../engine/aggregation/grown.ts";
import type { MemberStream } from "../memory/image-reader.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";

/** The group's side of a contribution. */
export interface ContributionTarget {
  /** The group's row of a member's series. */
  rowOf(attributes: Attributes, startTime: number, slot: number): number;
  /** A row of the group has changed, or has lost a member's series. */
  changed(row: number): void;
  /** The last figures of a series that has ended. */
  retire(row: number, cells: Float64Array): void;
}

// A recording of another thread takes nanoseconds. If the thread was interrupted amid one, trying on is useless.
const READS = 16;
// Rows for which a step of reading takes less than half a millisecond, also of large histograms.
const ROWS_PER_STEP = 64;
const NO_ROW = -1;

/** A member's series of one stream, copied, so that they outlive the member. */
export class Contribution {
  readonly stream: MemberStream;
  readonly slot: number;
  readonly rows: Rows;
  readonly #target: ContributionTarget;
  readonly #reading: Float64Array;
  readonly #isKept: boolean;
  readonly #isObserved: boolean;
  // The group's row by row of the member.
  #groupRows: Int32Array = new Int32Array(16).fill(NO_ROW);
  #rowCount = 0;
  // The member's rows by row of the group, plus 1; 0 for none. Several rows of a member share a row in overflow alone.
  #memberRows: Int32Array = new Int32Array(16);
  readonly #further = new Map<number, number[]>();
  // Observed totals of series that are not observed at the moment, by row of the group.
  readonly #unobserved = new Map<number, number>();

  constructor(
    stream: MemberStream,
    slot: number,
    target: ContributionTarget,
    { isKept, isObserved }: { readonly isKept: boolean; readonly isObserved: boolean },
  ) {
    this.stream = stream;
    this.slot = slot;
    this.rows = rowsOf(stream.identity.aggregation);
    this.#target = target;
    this.#reading = new Float64Array(this.rows.readingLength);
    this.#isKept = isKept;
    this.#isObserved = isObserved;
  }

  /**
   * Takes over what the member has recorded.
   *
   * @param freed returns the number of rows that the member has freed so far.
   */
  *refresh(freed: () => number): Generator<undefined, void> {
    const before = freed();
    yield* this.#followRows();
    for (let row = 0; row < this.#rowCount; row++) {
      if (row % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
      const groupRow = this.#groupRows[row]!;
      if (groupRow === NO_ROW || Object.is(this.stream.rows.firstOf(row), this.rows.firstOf(row))) continue;
      if (!this.#read(row)) continue;
      // The row may belong to another series by now. The next log shows it.
      if (freed() !== before) return;
      this.#take(row, groupRow);
    }
  }

  /** Whether a row of this member is part of a row of the group. */
  has(groupRow: number): boolean {
    return (this.#memberRows[groupRow] ?? 0) !== 0;
  }

  /** Adds this member's rows that are part of a row of the group to this row. @param reading is written to. */
  addTo(rows: Rows, groupRow: number, reading: Float64Array): void {
    const row = (this.#memberRows[groupRow] ?? 0) - 1;
    if (row >= 0 && this.rows.read(row, reading)) rows.add(groupRow, reading, 0);
    if (this.#further.size === 0) return;
    for (const other of this.#further.get(groupRow) ?? [])
      if (this.rows.read(other, reading)) rows.add(groupRow, reading, 0);
  }

  /** Observed total of a series that the member does not observe at the moment. */
  unobservedOf(groupRow: number): number | undefined {
    return this.#unobserved.get(groupRow);
  }

  /** Takes over rows whose last recording the thread did not finish before it ended. */
  repair(onRepair: (() => void) | undefined): void {
    for (let row = 0; row < this.#rowCount; row++) {
      const groupRow = this.#groupRows[row]!;
      if (groupRow === NO_ROW || Object.is(this.stream.rows.firstOf(row), this.rows.firstOf(row))) continue;
      if (this.#read(row)) continue;
      this.stream.rows.repair(this.#reading);
      // NaN if the buckets were being rearranged. The last whole row stays.
      if (!(this.#reading[0]! > this.rows.firstOf(row))) continue;
      this.#take(row, groupRow);
      onRepair?.();
    }
  }

  /** The member has ended: its sums and histograms stay, its other values leave. */
  end(isKept: boolean): void {
    for (let row = 0; row < this.#rowCount; row++) this.#remove(row, isKept ? "kept" : "dropped");
    for (const [groupRow, value] of this.#unobserved) if (isKept) this.#retire(groupRow, value);
    this.#unobserved.clear();
  }

  *#followRows(): Generator<undefined, void> {
    const { news } = this.stream;
    for (const [i, { row, startTime, attributes }] of news.entries()) {
      if (i % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield;
      this.#remove(row, this.#isObserved ? "unobserved" : "kept");
      if (attributes !== undefined) this.#add(row, this.#target.rowOf(attributes, startTime, this.slot));
    }
    news.length = 0;
  }

  #add(row: number, groupRow: number): void {
    if (row >= this.#groupRows.length) {
      const { length } = this.#groupRows;
      this.#groupRows = grownInt32(this.#groupRows, row + 1).fill(NO_ROW, length);
    }
    this.#rowCount = Math.max(this.#rowCount, row + 1);
    this.rows.reserve(row);
    this.rows.clear(row);
    this.#groupRows[row] = groupRow;
    if (groupRow >= this.#memberRows.length) this.#memberRows = grownInt32(this.#memberRows, groupRow + 1);
    if (this.#memberRows[groupRow] === 0) this.#memberRows[groupRow] = row + 1;
    else this.#further.set(groupRow, [...(this.#further.get(groupRow) ?? []), row]);
  }

  #remove(row: number, fate: "kept" | "unobserved" | "dropped"): void {
    const groupRow = this.#groupRows[row] ?? NO_ROW;
    if (groupRow === NO_ROW) return;
    this.#groupRows[row] = NO_ROW;
    const [next, ...others] = this.#further.get(groupRow) ?? [];
    if (this.#memberRows[groupRow] === row + 1) {
      this.#memberRows[groupRow] = next === undefined ? 0 : next + 1;
      this.#setFurther(groupRow, others);
    } else
      this.#setFurther(
        groupRow,
        (this.#further.get(groupRow) ?? []).filter((other) => other !== row),
      );
    if (this.#isKept && fate !== "dropped" && this.rows.read(row, this.#reading)) {
      if (fate === "unobserved") this.#unobserved.set(groupRow, this.#reading[0]!);
      else this.#target.retire(groupRow, this.#reading);
    }
    this.rows.clear(row);
    this.#target.changed(groupRow);
  }

  #setFurther(groupRow: number, rows: number[]): void {
    if (rows.length > 0) this.#further.set(groupRow, rows);
    else this.#further.delete(groupRow);
  }

  #read(row: number): boolean {
    for (let attempt = 0; attempt < READS; attempt++) if (this.stream.read(row, this.#reading)) return true;
    return false;
  }

  #take(row: number, groupRow: number): void {
    const unobserved = this.#unobserved.size === 0 ? undefined : this.#unobserved.get(groupRow);
    if (unobserved !== undefined) {
      // A lower total was reset while it was not observed.
      if (this.#reading[0]! < unobserved) this.#retire(groupRow, unobserved);
      this.#unobserved.delete(groupRow);
    }
    if (this.#isKept && this.#reading[0]! < this.rows.firstOf(row)) {
      // A recorded sum falls only while its row is being emptied.
      if (!this.#isObserved) return;
      this.#retire(groupRow, this.rows.firstOf(row));
    }
    this.rows.set(row, this.#reading, 0);
    this.#target.changed(groupRow);
  }

  #retire(groupRow: number, value: number): void {
    const cells = new Float64Array([value]);
    this.#target.retire(groupRow, cells);
    this.#target.changed(groupRow);
  }
}
