/** The series of one member in a stream. */
import type { KahanSum } from "../../engine/aggregation/kahan-sum.ts";
import { grownFloat64, grownInt32 } from "../../engine/aggregation/grown.ts";
import { GROWTH, type RowGrowth } from "../../engine/aggregation/row-growth.ts";
import type { ImageReader, MemberStream } from "../memory/image-reader.ts";
import type { RowChange } from "../memory/member-stream.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import type { ContributionOptions, ContributionTarget } from "./contribution-target.ts";
import { subtract } from "./difference.ts";

/** Last figures of a series that its member does not have at the moment. */
interface Missing extends Pick<RowChange, "series" | "startTime"> {
  readonly cells: Float64Array;
}

const CHANGES_PER_STEP = 64;
// Series that a member may still have again, for each row of the group.
const MAX_MISSING = 1_000;
const NO_ROW = -1;
const SUMS_AT_ONCE = 1024;

// Sums that were read, before it is known that no row was freed meanwhile: rows of the group, and values.
const READ_ROWS = new Int32Array(SUMS_AT_ONCE);
const READ_SUMS = new Float64Array(SUMS_AT_ONCE);

/** A member's series of one stream, with copies of their last figures, so that these outlive the member. */
export class Contribution {
  readonly stream: MemberStream;
  readonly rows: Rows;
  readonly #image: ImageReader;
  readonly #target: ContributionTarget;
  readonly #options: ContributionOptions;
  readonly #isOwn: boolean;
  readonly #isSum: boolean;
  // Whether a lower first cell shows a restart: counts of histograms never fall.
  readonly #onlyGrows: boolean;
  readonly #reading: Float64Array;
  readonly #earlier: Float64Array;
  readonly #growth: RowGrowth | undefined;
  // By row of the member: the group's row, and the start time and number of the series.
  #groupRows: Int32Array = new Int32Array(16).fill(NO_ROW);
  #starts: Float64Array = new Float64Array(16);
  #series: Int32Array = new Int32Array(16);
  // The member's rows by row of the group, plus 1; 0 for none. A list, since a row of the group may have several.
  #firstRows: Int32Array = new Int32Array(16);
  #nextRows: Int32Array = new Int32Array(16);
  // Number of rows that are not the first of a list.
  #furtherRows = 0;
  #rowCount = 0;
  // By row of the group.
  readonly #missing = new Map<number, Missing[]>();
  // Rows of the group whose series have left in the part of the log that is being read. They may get another row.
  readonly #left = new Set<number>();
  // Whether there are neither further rows nor missing series. It saves a look at both for each sum.
  #isSimple = true;

  constructor(
    stream: MemberStream,
    image: ImageReader,
    target: ContributionTarget,
    options: ContributionOptions,
    isOwn: boolean,
  ) {
    const { aggregation } = stream.identity;
    this.stream = stream;
    this.rows = rowsOf(aggregation);
    this.#image = image;
    this.#target = target;
    this.#options = options;
    this.#isOwn = isOwn;
    this.#isSum = aggregation.kind === "sum";
    this.#onlyGrows = !this.#isSum || options.neverFalls;
    this.#reading = new Float64Array(this.rows.readingLength);
    this.#earlier = new Float64Array(this.rows.readingLength);
    this.#growth = this.rows.growth();
  }

  /** Follows the log: series that the member has added or removed. */
  *followLog(): Generator<undefined, void> {
    const { changes } = this.stream;
    for (const [i, { row, startTime, series, attributes, last }] of changes.entries()) {
      if (i % CHANGES_PER_STEP === CHANGES_PER_STEP - 1) yield;
      if (last === undefined) this.#leave(row);
      else this.#leaveRemoved(row, last);
      if (attributes !== undefined)
        this.#enter(row, this.#target.rowOf(attributes, startTime), startTime, series);
    }
    changes.length = 0;
  }

  /** All of the log is read: recorded series that did not get another row have ended. */
  settle(): void {
    const { restarts, atEnd } = this.#options;
    if (restarts === "byStart" || atEnd === "leaves") this.#endMissing(atEnd === "stays");
    for (const groupRow of this.#left) {
      this.#endOldest(groupRow);
      this.#target.left(groupRow, false);
    }
    this.#left.clear();
    this.#isSimple = this.#furtherRows === 0 && this.#missing.size === 0;
  }

  /** Takes over what the member has recorded in rows `from` to `to` (exclusive) of the group. */
  take(from: number, to: number): void {
    if (!this.stream.isLoaded) return;
    const end = Math.min(to, this.#firstRows.length);
    if (this.#isSum)
      for (let row = from; row < end; row += SUMS_AT_ONCE)
        this.#takeSums(row, Math.min(row + SUMS_AT_ONCE, end));
    else this.#takeHistograms(from, end);
    for (let groupRow = from; groupRow < end && this.#furtherRows > 0; groupRow++) {
      const first = this.#firstRows[groupRow]! - 1;
      for (let row = this.#after(first); row >= 0; row = this.#after(row))
        if (this.#hasChanged(row)) this.#takeRow(row, groupRow);
    }
  }

  #takeSums(from: number, end: number): void {
    const { shift, mask, pages } = this.rows.cells;
    const theirs = this.stream.rows.cells.pages;
    const firstRows = this.#firstRows;
    let count = 0;
    for (let groupRow = from; groupRow < end; groupRow++) {
      const row = firstRows[groupRow]! - 1;
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
    for (let i = 0; i < count; i++) {
      const groupRow = READ_ROWS[i]!;
      const row = this.#firstRows[groupRow]! - 1;
      const page = pages[row >>> shift]!;
      const sum = READ_SUMS[i]!;
      if (sum >= page[row & mask]! && sum !== 0) {
        page[row & mask] = sum;
        this.#target.changed(groupRow);
      } else this.#takeRow(row, groupRow);
    }
  }

  #takeHistograms(from: number, end: number): void {
    const { width, shift, mask, pages } = this.rows.cells;
    const theirs = this.stream.rows.cells.pages;
    const firstRows = this.#firstRows;
    for (let groupRow = from; groupRow < end; groupRow++) {
      const row = firstRows[groupRow]! - 1;
      if (row < 0) continue;
      const cell = (row & mask) * width;
      if (theirs[row >>> shift]![cell] !== pages[row >>> shift]![cell] && !this.#takeRow(row, groupRow))
        return;
    }
  }

  /** Whether a row of this member is part of a row of the group. Missing series do not count, once all of the log is read. */
  has(groupRow: number): boolean {
    return this.#firstOf(groupRow) !== NO_ROW || this.#left.has(groupRow);
  }

  /** Whether a row of the group has figures of a series that the member does not have at the moment. */
  hasMissing(groupRow: number): boolean {
    return this.#missing.has(groupRow);
  }

  /** Drops the figures of missing series, whose row of the group is freed, and returns them. */
  forget(groupRow: number): readonly Float64Array[] {
    const missing = this.#missing.get(groupRow) ?? [];
    this.#missing.delete(groupRow);
    return missing.map(({ cells }) => cells);
  }

  /** Adds this member's sums that are part of a row of the group to `sum`. */
  addSum(groupRow: number, sum: KahanSum): void {
    const first = this.#firstOf(groupRow);
    if (first >= 0) sum.add(this.#sumOf(first));
    if (this.#isSimple) return;
    for (let row = this.#after(first); row >= 0; row = this.#after(row)) sum.add(this.#sumOf(row));
    for (const { cells } of this.#missing.get(groupRow) ?? []) sum.add(cells[this.rows.sumCell]!);
  }

  /** Adds this member's rows that are part of a row of the group to this row. @param reading is written to. */
  addTo(rows: Rows, groupRow: number, reading: Float64Array): void {
    for (let row = this.#firstOf(groupRow); row >= 0; row = this.#after(row))
      if (this.rows.read(row, reading)) rows.add(groupRow, reading, 0);
    for (const { cells } of this.#missing.get(groupRow) ?? []) rows.add(groupRow, cells, 0);
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
      if (!(this.#reading[0]! > this.#lastOf(row))) continue;
      this.#takeReading(row, groupRow);
      onRepair?.();
    }
  }

  /** The member has ended. With `isKept`, its sums and histograms stay; its other values leave. */
  end(isKept: boolean): void {
    for (let row = 0; row < this.#rowCount; row++) this.#leave(row);
    this.#endMissing(isKept && this.#options.atEnd === "stays");
    this.#left.clear();
  }

  // A row for many series, such as that of the overflow, is never freed. A series that returns after this counts anew.
  #endOldest(groupRow: number): void {
    const missing = this.#missing.get(groupRow) ?? [];
    for (const { cells } of missing.splice(0, Math.max(0, missing.length - MAX_MISSING)))
      this.#target.retire(groupRow, cells);
  }

  #endMissing(isKept: boolean): void {
    for (const groupRow of this.#missing.keys())
      for (const cells of this.forget(groupRow)) this.#end(groupRow, cells, isKept);
  }

  #end(groupRow: number, cells: Float64Array, isKept: boolean): void {
    if (isKept) this.#target.retire(groupRow, cells);
    else this.#target.changedWholly(groupRow);
  }

  // The row's series continues its figures if it had another row before, or was missing.
  #enter(row: number, groupRow: number, startTime: number, series: number): void {
    // Throws if the log is damaged: the row's page is described before the row.
    this.stream.rows.cells.pageOf(row);
    if (row >= this.#groupRows.length) {
      const { length } = this.#groupRows;
      this.#groupRows = grownInt32(this.#groupRows, row + 1).fill(NO_ROW, length);
      this.#nextRows = grownInt32(this.#nextRows, row + 1);
      this.#series = grownInt32(this.#series, row + 1);
      this.#starts = grownFloat64(this.#starts, row + 1);
    }
    if (groupRow >= this.#firstRows.length) this.#firstRows = grownInt32(this.#firstRows, groupRow + 1);
    this.#rowCount = Math.max(this.#rowCount, row + 1);
    this.#groupRows[row] = groupRow;
    this.#starts[row] = startTime;
    this.#series[row] = series;
    if (this.#firstRows[groupRow] !== 0) {
      this.#furtherRows++;
      this.#isSimple = false;
    }
    this.#nextRows[row] = this.#firstRows[groupRow]!;
    this.#firstRows[groupRow] = row + 1;
    this.rows.reserve(row);
    this.rows.clear(row);
    const missing = this.#missing.get(groupRow);
    const before = missing?.find((each) => each.series === series);
    if (missing === undefined || before === undefined) return;
    if (missing.length === 1) this.#missing.delete(groupRow);
    else missing.splice(missing.indexOf(before), 1);
    // Its start is earlier once a thread that had it first has joined the process.
    if (this.#options.restarts !== "byFall" && startTime > before.startTime)
      this.#target.retire(groupRow, before.cells);
    else this.rows.set(row, before.cells, 0);
  }

  #leave(row: number): void {
    const groupRow = this.#groupRows[row] ?? NO_ROW;
    if (groupRow === NO_ROW) return;
    if (this.#unlinked(row, groupRow)) this.#miss(row, groupRow);
  }

  // Recordings since the last reading count, too.
  #leaveRemoved(row: number, last: Float64Array): void {
    const groupRow = this.#groupRows[row] ?? NO_ROW;
    if (groupRow === NO_ROW) return;
    this.#reading.set(last);
    this.#takeReading(row, groupRow);
    if (this.#unlinked(row, groupRow)) {
      this.#end(groupRow, this.#reading, this.#options.atEnd === "stays");
      if (this.#isOwn) this.#target.removedHere(groupRow, this.#reading);
    }
    this.#target.left(groupRow, true);
  }

  // Takes a row from its row of the group. Its last figures are in `#reading` then. Returns false if it has none.
  #unlinked(row: number, groupRow: number): boolean {
    this.#groupRows[row] = NO_ROW;
    this.#unlink(row, groupRow);
    const hasFigures = this.rows.read(row, this.#reading);
    this.#target.changed(groupRow);
    this.rows.clear(row);
    return hasFigures;
  }

  #miss(row: number, groupRow: number): void {
    this.#left.add(groupRow);
    this.#isSimple = false;
    const each = { series: this.#series[row]!, startTime: this.#starts[row]!, cells: this.#reading.slice() };
    const missing = this.#missing.get(groupRow);
    if (missing === undefined) this.#missing.set(groupRow, [each]);
    else missing.push(each);
  }

  #unlink(row: number, groupRow: number): void {
    const next = this.#nextRows[row]!;
    const first = this.#firstOf(groupRow);
    if (first === row) this.#firstRows[groupRow] = next;
    else {
      let at = first;
      while (this.#after(at) !== row) at = this.#after(at);
      this.#nextRows[at] = next;
    }
    if (first !== row || next !== 0) this.#furtherRows--;
  }

  #firstOf(groupRow: number): number {
    return groupRow < this.#firstRows.length ? this.#firstRows[groupRow]! - 1 : NO_ROW;
  }

  #after(row: number): number {
    return row < 0 ? NO_ROW : this.#nextRows[row]! - 1;
  }

  #lastOf(row: number): number {
    const { cells } = this.rows;
    return cells.pageOf(row)[cells.offsetOf(row)]!;
  }

  #sumOf(row: number): number {
    const { pages, shift, mask, width } = this.rows.cells;
    return pages[row >>> shift]![(row & mask) * width + this.rows.sumCell]!;
  }

  #hasChanged(row: number): boolean {
    const { cells } = this.stream.rows;
    return !Object.is(cells.pageOf(row)[cells.offsetOf(row)], this.#lastOf(row));
  }

  // Returns false if the rows cannot be read any more: they may belong to other series. The next log shows it.
  #takeRow(row: number, groupRow: number): boolean {
    const growth = this.#growth;
    const isFast = this.#options.restarts === "byStart" && !this.stream.isMarked;
    if (growth !== undefined && isFast && this.rows.compare(row, this.stream.rows, growth)) {
      if (!this.#image.isCurrentInOrder) return false;
      // A recorded sum falls only while its row is being emptied.
      if (!(growth.cells[GROWTH.count]! > 0)) return true;
      this.rows.follow(row, growth);
      this.#target.grow(groupRow, growth);
      return true;
    }
    const isWhole = this.stream.read(row, this.#reading);
    if (!this.#image.isCurrent) return false;
    if (isWhole) this.#takeReading(row, groupRow);
    return true;
  }

  #takeReading(row: number, groupRow: number): void {
    const reading = this.#reading;
    if (this.#onlyGrows && reading[0]! < this.#lastOf(row)) {
      // As above.
      if (this.#options.restarts === "byStart") return;
      if (this.rows.read(row, this.#earlier)) this.#target.retire(groupRow, this.#earlier);
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
}
