/** One stream of a member, as its log describes it. */
import type { Attributes } from "@opentelemetry/api";
import { grownInt32 } from "../../engine/aggregation/grown.ts";
import { RowSequences } from "../../engine/aggregation/row-sequences.ts";
import { type Part, PARTS } from "../../engine/aggregation/store.ts";
import type { StreamIdentity } from "./frames.ts";
import { type Rows, rowsOf } from "./rows.ts";

/** A row that was given to a series, or, without `attributes`, freed. */
export interface RowChange {
  readonly row: number;
  /** Milliseconds since the epoch. */
  readonly startTime: number;
  /** A number of its attributes, by which a series is recognised in another row. */
  readonly series: number;
  readonly attributes: Attributes | undefined;
  /** Last cells of a series that the application has removed. */
  readonly last?: Float64Array | undefined;
}

/** A page of a stream, as the log describes it. */
export interface PageFrame {
  readonly part: Part;
  readonly chunk: number;
  /** In bytes. */
  readonly offset: number;
  readonly cells: number;
}

// A recording takes nanoseconds. If its thread was interrupted amid it, further tries are useless.
const READS = 16;

/** One stream of a member. */
export class MemberStream {
  readonly identity: StreamIdentity;
  /** Changes of rows, in order. The reader of the figures empties the list. */
  readonly changes: RowChange[] = [];
  #rows: Rows;
  #sequences = noSequences();
  // Pages of a process, which move with each state.
  readonly #pages: PageFrame[] = [];
  #pageCount = 0;
  #isLoaded = true;
  // Number of pages in the log that was read.
  #described = 0;
  // By row: whether it has a series.
  #isGiven: Int32Array = new Int32Array(16);

  constructor(identity: StreamIdentity) {
    this.identity = identity;
    this.#rows = rowsOf(identity.aggregation);
  }

  /** The rows; none while the figures are not loaded. */
  get rows(): Rows {
    return this.#rows;
  }

  /** Whether the figures are in memory. Those of a process are, from a new state to {@link ImageReader.release}. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Adds a page. @param isMoving whether the next state has it at another place. */
  adopt(frame: PageFrame, page: Float64Array, isMoving: boolean): void {
    if (this.#described++ < this.#pageCount) return;
    this.#pageCount++;
    if (isMoving) this.#pages.push(frame);
    this.#adopt(frame.part, page);
  }

  /** A row was given to a series. */
  added(changes: RowChange): void {
    if (changes.row >= this.#isGiven.length) this.#isGiven = grownInt32(this.#isGiven, changes.row + 1);
    this.#isGiven[changes.row] = 1;
    this.changes.push(changes);
  }

  freed(row: number, last?: Float64Array): void {
    if (row < this.#isGiven.length) this.#isGiven[row] = 0;
    this.changes.push({ row, startTime: 0, series: 0, attributes: undefined, last });
  }

  /** The log starts again. Series that are in it again continue, as those that get another row. */
  restart(): void {
    this.#described = 0;
    this.#isGiven.forEach((isGiven, row) => {
      if (isGiven === 1) this.freed(row);
    });
  }

  /** Takes all pages from a new state. */
  load(pageOf: (frame: PageFrame) => Float64Array): void {
    this.release();
    for (const frame of this.#pages) this.#adopt(frame.part, pageOf(frame));
    this.#isLoaded = true;
  }

  release(): void {
    this.#rows = rowsOf(this.identity.aggregation);
    this.#sequences = noSequences();
    this.#isLoaded = false;
  }

  #adopt(part: Part, page: Float64Array): void {
    if (part === PARTS.sequences) this.#sequences.adopt(page);
    else this.#rows.adopt(part, page);
  }

  /** Whether rows have sequence numbers, so that they can be read only with {@link read}. */
  get isMarked(): boolean {
    return !this.identity.isOrdered && this.#sequences.pages.length > 0;
  }

  /** Copies a row. Returns false if nothing is recorded in it, or if it could not be read whole just now. */
  read(row: number, into: Float64Array): boolean {
    if (this.isMarked) return this.#readMarked(row, into);
    for (let attempt = 0; attempt < READS; attempt++) if (this.#rows.readWhole(row, into)) return true;
    return false;
  }

  #readMarked(row: number, into: Float64Array): boolean {
    let isRecorded = false;
    const isWhole = this.#sequences.copyWhole(row, () => {
      isRecorded = this.#rows.readWhole(row, into);
    });
    return isWhole && isRecorded;
  }
}

function noSequences(): RowSequences {
  return new RowSequences(() => new Float64Array(0));
}
