/** The series of one member in a stream. */
import type { Attributes } from "@opentelemetry/api";
import { grownInt32 } from "../../engine/aggregation/grown.ts";
import { GROWTH, type RowGrowth } from "../../engine/aggregation/row-growth.ts";
import { OVERFLOW_ROW } from "../../engine/series/series-table.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import { subtract } from "./difference.ts";

/** The group's side of a contribution. */
export interface ContributionTarget {
  /** The group's row of a member's series. */
  rowOf(attributes: Attributes, startTime: number, slot: number): number;
  /** The sum of a row has changed, or a member's series has left it. */
  changed(row: number): void;
  /** All figures of a row have changed. */
  changedWholly(row: number): void;
  /** Adds what a member has recorded to a row, except for the sum. */
  grow(row: number, growth: RowGrowth): void;
  /** As `grow`, from a reading. @param reading is written to. */
  add(row: number, reading: Float64Array): void;
  /** The last figures of a series that has ended. */
  retire(row: number, cells: Float64Array): void;
  /** A live member has removed a series, whose figures stay for the moment. */
  left(row: number): void;
}

export interface ContributionOptions {
  /** Whether figures of members that have ended stay. */
  readonly isKept: boolean;
  /** Whether sums never fall. */
  readonly neverFalls: boolean;
  /** Whether totals are copied, from callbacks or a `MetricSource`. They may be reset, and missing for a while. */
  readonly isObserved: boolean;
  /** Whether a series that returns with another start time has begun at 0 again. */
  readonly isRestartable: boolean;
  /** Whether a recorded series may get another row of its member: in the reports of a process, with its first thread. */
  readonly isMovable: boolean;
}

interface Unobserved {
  readonly cells: Float64Array;
  readonly startTime: number;
}

// A recording of another thread takes nanoseconds. If the thread was interrupted amid one, trying on is useless.
const READS = 16;
const NEWS_PER_STEP = 64;
const NO_ROW = -1;
const SUMS_AT_ONCE = 1024;

// Sums that were read, before it is known that no row was freed meanwhile: rows of the group, and values.
const READ_ROWS = new Int32Array(SUMS_AT_ONCE);
const READ_SUMS = new Float64Array(SUMS_AT_ONCE);

/** A member's series of one stream, copied, so that they outlive the member. */
export class Contribution {
  readonly stream: MemberStream;
  readonly slot: number;
  readonly rows: Rows;
  readonly #image: ImageReader;
  readonly #target: ContributionTarget;
  readonly #options: ContributionOptions;
  readonly #isSum: boolean;
  // Whether a lower first cell shows a reset: counts of histograms never fall.
  readonly #onlyGrows: boolean;
  readonly #reading: Float64Array;
  readonly #earlier: Float64Array;
  readonly #growth: RowGrowth | undefined;
  // Start times of the member's rows, for `isRestartable`.
  readonly #starts: number[] = [];
  // The group's row by row of the member.
  #groupRows: Int32Array = new Int32Array(16).fill(NO_ROW);
  #rowCount = 0;
  // The member's rows by row of the group, plus 1; 0 for none. Several rows of a member share a row in overflow alone.
  #memberRows: Int32Array = new Int32Array(16);
  readonly #further = new Map<number, number[]>();
  // Observed totals of series that are not observed at the moment, by row of the group. While the log is followed, also
  // recorded ones that may have moved.
  readonly #unobserved = new Map<number, Unobserved>();
  // Whether either was ever used. It saves a look at both for each sum.
  #isSimple = true;

  constructor(
    stream: MemberStream,
    { slot, image }: { readonly slot: number; readonly image: ImageReader },
    target: ContributionTarget,
    options: ContributionOptions,
  ) {
    const { aggregation } = stream.identity;
    this.stream = stream;
    this.slot = slot;
    this.rows = rowsOf(aggregation);
    this.#image = image;
    this.#target = target;
    this.#options = options;
    this.#isSum = aggregation.kind === "sum";
    this.#onlyGrows = !this.#isSum || options.neverFalls;
    this.#reading = new Float64Array(this.rows.readingLength);
    this.#earlier = new Float64Array(this.rows.readingLength);
    this.#growth = this.rows.growth();
  }

  /** Follows the log: series that the member has added or removed. */
  *followLog(): Generator<undefined, void> {
    const { news } = this.stream;
    for (const [i, { row, startTime, attributes }] of news.entries()) {
      if (i % NEWS_PER_STEP === NEWS_PER_STEP - 1) yield;
      const { isObserved, isMovable, isRestartable } = this.#options;
      this.#remove(row, isObserved ? "unobserved" : isMovable ? "moving" : "kept");
      if (attributes === undefined) continue;
      const groupRow = this.#target.rowOf(attributes, startTime, this.slot);
      this.#add(row, groupRow);
      this.#starts[row] = startTime;
      const before = this.#unobserved.get(groupRow);
      if (before === undefined || (isObserved && (!isRestartable || before.startTime === startTime)))
        continue;
      this.#unobserved.delete(groupRow);
      if (!isObserved && startTime <= before.startTime) this.rows.set(row, before.cells, 0);
      else this.#retire(groupRow, before.cells);
    }
    news.length = 0;
  }

  /** Takes over what the member has recorded in rows `from` to `to` (exclusive) of the group. */
  take(from: number, to: number): void {
    if (!this.#options.isObserved && this.#unobserved.size > 0) this.#retireUnobserved();
    if (!this.stream.isLoaded) return;
    const end = Math.min(to, this.#memberRows.length);
    if (this.#isSum)
      for (let row = from; row < end; row += SUMS_AT_ONCE)
        this.#takeSums(row, Math.min(row + SUMS_AT_ONCE, end));
    else this.#takeHistograms(from, end);
    if (this.#further.size === 0) return;
    for (const [groupRow, rows] of this.#further) {
      if (groupRow < from || groupRow >= to) continue;
      for (const row of rows) if (this.#hasChanged(row)) this.#takeRow(row, groupRow);
    }
  }

  #takeSums(from: number, end: number): void {
    const { shift, mask, pages } = this.rows.cells;
    const theirs = this.stream.rows.cells.pages;
    const memberRows = this.#memberRows;
    let count = 0;
    for (let groupRow = from; groupRow < end; groupRow++) {
      const row = memberRows[groupRow]! - 1;
      if (row < 0) continue;
      const sum = theirs[row >>> shift]![row & mask]!;
      if (Object.is(sum, pages[row >>> shift]![row & mask])) continue;
      READ_ROWS[count] = groupRow;
      READ_SUMS[count++] = sum;
    }
    if (count > 0 && this.#image.isCurrent) this.#takeRead(count);
  }

  #takeRead(count: number): void {
    const { shift, mask, pages } = this.rows.cells;
    const isSimple = this.#unobserved.size === 0;
    for (let i = 0; i < count; i++) {
      const groupRow = READ_ROWS[i]!;
      const row = this.#memberRows[groupRow]! - 1;
      const page = pages[row >>> shift]!;
      const sum = READ_SUMS[i]!;
      if (isSimple && sum >= page[row & mask]! && sum !== 0) {
        page[row & mask] = sum;
        this.#target.changed(groupRow);
      } else this.#takeRow(row, groupRow);
    }
  }

  #takeHistograms(from: number, end: number): void {
    const { width, shift, mask, pages } = this.rows.cells;
    const theirs = this.stream.rows.cells.pages;
    const memberRows = this.#memberRows;
    for (let groupRow = from; groupRow < end; groupRow++) {
      const row = memberRows[groupRow]! - 1;
      if (row < 0) continue;
      const cell = (row & mask) * width;
      if (theirs[row >>> shift]![cell] !== pages[row >>> shift]![cell] && !this.#takeRow(row, groupRow))
        return;
    }
  }

  /** Whether a row of this member is part of a row of the group. Series that are not observed at the moment do not count. */
  has(groupRow: number): boolean {
    return (this.#memberRows[groupRow] ?? 0) !== 0;
  }

  /** Whether a row of the group has figures of a series that is not observed at the moment. */
  hasUnobserved(groupRow: number): boolean {
    return this.#unobserved.has(groupRow);
  }

  /** Drops the figures of a series that is not observed, whose row of the group is freed, and returns them. */
  forget(groupRow: number): Float64Array | undefined {
    const unobserved = this.#unobserved.get(groupRow);
    this.#unobserved.delete(groupRow);
    return unobserved?.cells;
  }

  /** Adds this member's sums that are part of a row of the group to `sum`. */
  addSum(groupRow: number, sum: number): number {
    const row = groupRow < this.#memberRows.length ? this.#memberRows[groupRow]! - 1 : -1;
    let total = row < 0 ? sum : sum + this.#sumOf(row);
    if (this.#isSimple) return total;
    for (const other of this.#further.get(groupRow) ?? []) total += this.#sumOf(other);
    return total + (this.#unobserved.get(groupRow)?.cells[this.rows.sumCell] ?? -0);
  }

  /** Adds this member's rows that are part of a row of the group to this row. @param reading is written to. */
  addTo(rows: Rows, groupRow: number, reading: Float64Array): void {
    const row = (this.#memberRows[groupRow] ?? 0) - 1;
    if (row >= 0 && this.rows.read(row, reading)) rows.add(groupRow, reading, 0);
    for (const other of this.#further.get(groupRow) ?? [])
      if (this.rows.read(other, reading)) rows.add(groupRow, reading, 0);
    const unobserved = this.#unobserved.get(groupRow);
    if (unobserved !== undefined) rows.add(groupRow, unobserved.cells, 0);
  }

  /** Takes over rows whose last recording the thread did not finish before it ended. */
  repair(onRepair: (() => void) | undefined): void {
    if (!this.stream.isLoaded) return;
    const { rows } = this.stream;
    rows.finish();
    for (let row = 0; row < this.#rowCount; row++) {
      const groupRow = this.#groupRows[row]!;
      if (groupRow === NO_ROW || !this.#hasChanged(row)) continue;
      rows.readEnded(row, this.#reading);
      if (!(this.#reading[0]! > this.#firstOf(row))) continue;
      this.#takeReading(row, groupRow);
      onRepair?.();
    }
  }

  /** The member has ended: its sums and histograms stay, its other values leave. */
  end(isKept: boolean): void {
    for (let row = 0; row < this.#rowCount; row++) this.#remove(row, isKept ? "kept" : "dropped");
    if (isKept) this.#retireUnobserved();
    for (const groupRow of this.#unobserved.keys()) this.#target.changedWholly(groupRow);
    this.#unobserved.clear();
  }

  #retireUnobserved(): void {
    const unobserved = [...this.#unobserved];
    this.#unobserved.clear();
    this.#isSimple = this.#further.size === 0;
    for (const [groupRow, { cells }] of unobserved) this.#retire(groupRow, cells);
  }

  #add(row: number, groupRow: number): void {
    // Throws if the log is damaged: the row's page is described before the row.
    this.stream.rows.cells.pageOf(row);
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
    else {
      this.#further.set(groupRow, [...(this.#further.get(groupRow) ?? []), row]);
      this.#isSimple = false;
    }
  }

  #remove(row: number, fate: "kept" | "unobserved" | "moving" | "dropped"): void {
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
    const hasFigures = this.rows.read(row, this.#reading);
    if (!this.#options.isKept || fate === "dropped") this.#target.changedWholly(groupRow);
    else {
      if (hasFigures && fate === "moving" && this.#hasMoved(row, groupRow)) {
        // Its new row continues.
      } else if (hasFigures && (fate === "unobserved" || (fate === "moving" && groupRow !== OVERFLOW_ROW))) {
        this.#unobserved.set(groupRow, { cells: this.#reading.slice(), startTime: this.#starts[row] ?? 0 });
        this.#isSimple = false;
        this.#target.left(groupRow);
      } else if (hasFigures) this.#target.retire(groupRow, this.#reading);
      this.#target.changed(groupRow);
    }
    this.rows.clear(row);
  }

  // Copies the reading to the new row if that was added before.
  #hasMoved(row: number, groupRow: number): boolean {
    const to = this.#memberRows[groupRow]! - 1;
    if (groupRow === OVERFLOW_ROW || to < 0 || this.#starts[to]! > this.#starts[row]!) return false;
    if (this.rows.read(to, this.#earlier)) return false;
    this.rows.set(to, this.#reading, 0);
    return true;
  }

  #setFurther(groupRow: number, rows: number[]): void {
    if (rows.length > 0) this.#further.set(groupRow, rows);
    else this.#further.delete(groupRow);
  }

  #firstOf(row: number): number {
    const { cells } = this.rows;
    return cells.pageOf(row)[cells.offsetOf(row)]!;
  }

  #sumOf(row: number): number {
    const { pages, shift, mask, width } = this.rows.cells;
    return pages[row >>> shift]![(row & mask) * width + this.rows.sumCell]!;
  }

  #hasChanged(row: number): boolean {
    const { cells } = this.stream.rows;
    return !Object.is(cells.pageOf(row)[cells.offsetOf(row)], this.#firstOf(row));
  }

  // Returns false if the rows cannot be read any more: they may belong to other series. The next log shows it.
  #takeRow(row: number, groupRow: number): boolean {
    const growth = this.#growth;
    const isFast = !this.#options.isObserved && !this.stream.isMarked;
    if (growth !== undefined && isFast && this.rows.compare(row, this.stream.rows, growth)) {
      if (!this.#image.isCurrentInOrder) return false;
      // A recorded sum falls only while its row is being emptied.
      if (!(growth.cells[GROWTH.count]! > 0)) return true;
      this.rows.follow(row, growth);
      this.#target.grow(groupRow, growth);
      return true;
    }
    const isWhole = this.#read(row);
    if (!this.#image.isCurrent) return false;
    if (isWhole) this.#takeReading(row, groupRow);
    return true;
  }

  #read(row: number): boolean {
    for (let attempt = 0; attempt < READS; attempt++) if (this.stream.read(row, this.#reading)) return true;
    return false;
  }

  #takeReading(row: number, groupRow: number): void {
    const reading = this.#reading;
    const unobserved = this.#unobserved.size === 0 ? undefined : this.#unobserved.get(groupRow);
    if (unobserved !== undefined) {
      this.#unobserved.delete(groupRow);
      // A lower total was reset while it was not observed.
      if (this.#onlyGrows && reading[0]! < unobserved.cells[0]!) this.#retire(groupRow, unobserved.cells);
      else this.#target.changedWholly(groupRow);
    }
    if (this.#options.isKept && this.#onlyGrows && reading[0]! < this.#firstOf(row)) {
      // As above, unless it is recorded: then its row is being emptied.
      if (!this.#options.isObserved) return;
      if (this.rows.read(row, this.#earlier)) this.#retire(groupRow, this.#earlier);
      this.rows.clear(row);
    }
    if (this.#isSum) {
      this.rows.set(row, reading, 0);
      this.#target.changed(groupRow);
    } else this.#takeHistogram(row, groupRow);
  }

  #takeHistogram(row: number, groupRow: number): void {
    const reading = this.#reading;
    const { kind } = this.stream.identity.aggregation;
    const hadFigures = this.rows.read(row, this.#earlier);
    this.rows.set(row, reading, 0);
    const growth = hadFigures ? subtract(kind, reading, this.#earlier) : "some";
    if (growth !== "missing") this.#target.add(groupRow, reading);
    else this.#target.changedWholly(groupRow);
  }

  #retire(groupRow: number, cells: Float64Array): void {
    this.#target.retire(groupRow, cells);
    this.#target.changed(groupRow);
  }
}
