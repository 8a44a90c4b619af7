/** Growth of a stream's totals, from one collection of a delta reader to the next. */
import type { SeriesSource } from "../../engine/collection/series-source.ts";
import type { KeptAggregation } from "../../engine/streams/stream-store.ts";
import type { MemberStream } from "../memory/image-reader.ts";
import { type Rows, rowsOf } from "../memory/rows.ts";
import { subtract } from "./difference.ts";
import type { Totals } from "./totals.ts";

export interface GrowthOptions {
  readonly aggregation: KeptAggregation;
  /** Whether totals never fall. Lower ones are then of members that are not found yet. */
  readonly neverFalls: boolean;
  /**
   * Exports before the first collection: of this process alone, of another process with known figures, or of all totals
   * up to then.
   */
  readonly before: "own" | "known" | "all";
}

/**
 * Change of a row of the totals since it was exported. `behind`: members that have exported more are not found yet.
 * `left`: all members with an up-down counter have left.
 */
type Change = "nothing" | "new" | "same" | "grown" | "behind" | "left";

export class Growth {
  /** Ends the use of the totals. */
  readonly end: () => void;
  readonly #growth: Rows;
  readonly #totals: Totals;
  readonly #options: GrowthOptions;
  // The totals up to the last collection.
  readonly #exported: Rows;
  readonly #reading: Float64Array;
  readonly #earlier: Float64Array;
  readonly #total: Float64Array;
  #before: GrowthOptions["before"];
  // Figures of this process that are not in the totals, for the first collection.
  #early: Rows | undefined;

  constructor(totals: Totals, options: GrowthOptions) {
    this.#totals = totals;
    this.#options = options;
    this.#before = options.before;
    this.#growth = rowsOf(options.aggregation);
    this.#exported = rowsOf(options.aggregation);
    this.#reading = new Float64Array(this.#growth.readingLength);
    this.#total = new Float64Array(this.#growth.readingLength);
    this.#earlier = new Float64Array(this.#growth.readingLength);
    this.end = totals.addUser({
      uses: (row) => this.#isPending(row),
      hasUnexported: (row) => this.#hasGrown(row),
      // The store of this process exports them.
      kept: (row, cells) => this.#add(row, cells, 0),
      // They are no longer in the figures of this process that `continueAlone` gets.
      removedHere: (row, cells) => {
        if (this.isUnknown) this.#add(row, cells, 0);
      },
      freed: (row, movedTo) => {
        this.#exported.reserve(row);
        if (movedTo !== undefined && this.#exported.read(row, this.#reading))
          this.#add(movedTo, this.#reading, 0);
        this.#exported.clear(row);
      },
    });
  }

  /** Copies the growth of a row of the totals. Returns false if it has not grown. */
  read(row: number, into: Float64Array): boolean {
    this.#growth.reserve(row);
    return this.#growth.read(row, into);
  }

  /** Whether it is not known yet which figures this process has exported alone. See {@link continueAlone}. */
  get isUnknown(): boolean {
    return this.#before === "own";
  }

  /** The totals that were exported so far. */
  get exported(): SeriesSource {
    return this.#totals.sourceOf(this.#exported);
  }

  /** Continues after the exports of another process. */
  continueFrom({ changes, rows }: MemberStream): void {
    // A row may have had other series before its last.
    const last = new Map(changes.map(({ row, attributes }) => [row, attributes]));
    for (const [row, attributes] of last) {
      if (attributes === undefined || !rows.read(row, this.#reading)) continue;
      this.#add(this.#totals.series.rowOf(attributes), this.#reading, 0);
    }
  }

  /**
   * Counts series as exported.
   *
   * @param totals the figures of this process up to now.
   * @param pending those of them that were not exported yet.
   */
  continueAlone(totals: readonly SeriesSource[], pending: SeriesSource | undefined): void {
    this.#before = "known";
    const { series } = this.#totals;
    for (const source of totals)
      source.visit(0, source.length, {
        series: (cells, offset, row) => this.#add(series.rowOf(source.attributesOf(row)), cells, offset),
      });
    pending?.visit(0, pending.length, {
      series: (cells, offset, row) =>
        this.#subtractPending(series.rowOf(pending.attributesOf(row)), cells.subarray(offset)),
    });
  }

  /** Computes the growth since the last call. */
  take(): void {
    const { series } = this.#totals;
    for (let row = 0; row < series.rowCount; row++) {
      this.#growth.reserve(row);
      this.#growth.clear(row);
      this.#takeRow(row);
      this.#early?.reserve(row);
      if (this.#early?.read(row, this.#reading) === true) this.#growth.add(row, this.#reading, 0);
    }
    this.#early = undefined;
    this.#before = "known";
  }

  // Pending figures are not exported, although they are in the totals. If the totals began later, the earlier part is not
  // in them.
  #subtractPending(row: number, pending: Float64Array): void {
    const { aggregation, neverFalls } = this.#options;
    const { kind } = aggregation;
    const early = this.#total.fill(0);
    early.set(pending.subarray(0, early.length));
    this.#exported.reserve(row);
    if (this.#exported.read(row, this.#earlier)) {
      const exported = this.#reading;
      exported.set(this.#earlier);
      const difference = subtract(kind, exported, early);
      const isWhole = difference !== "missing" && !(neverFalls && exported[0]! < 0);
      if (isWhole) {
        this.#exported.clear(row);
        if (difference === "some") this.#exported.set(row, exported, 0);
        return;
      }
      // If neither contains the other, other series were in the overflow. All of the pending figures are new then.
      if (subtract(kind, early, this.#earlier) === "some") this.#exported.clear(row);
      else early.set(pending.subarray(0, early.length));
    }
    this.#early ??= rowsOf(aggregation);
    this.#early.reserve(row);
    this.#early.add(row, early, 0);
  }

  #takeRow(row: number): void {
    const change = this.#changeOf(row);
    // Members that are not found yet have exported more. The next collections have the growth, once they are found.
    if (change === "nothing" || change === "behind") return;
    this.#exported.set(row, this.#total, 0);
    if (change === "grown" || change === "left" || (change === "new" && this.#before !== "all"))
      this.#growth.set(row, this.#reading, 0);
  }

  #hasGrown(row: number): boolean {
    if (!this.#options.neverFalls || !this.#totals.rows.read(row, this.#total)) return false;
    // A row that members without a file yet have exported must stay: they would be exported once more.
    return this.#changeOf(row) !== "same";
  }

  // Whether the row is in the collection, or members that are not found yet have a part of what was exported.
  #isPending(row: number): boolean {
    if (this.read(row, this.#reading)) return true;
    const change = this.#changeOf(row);
    return change === "behind" || change === "left";
  }

  // Compares a row of the totals with what was exported. The total is in `#total` then, and the difference in `#reading`.
  #changeOf(row: number): Change {
    const { neverFalls, aggregation } = this.#options;
    this.#exported.reserve(row);
    const wasExported = this.#exported.read(row, this.#earlier);
    const hasTotal = this.#totals.rows.read(row, this.#total);
    if (!hasTotal) {
      if (!wasExported) return "nothing";
      if (neverFalls) return "behind";
      this.#total[0] = 0;
    }
    this.#reading.set(this.#total);
    if (!wasExported) return "new";
    const difference = subtract(aggregation.kind, this.#reading, this.#earlier);
    if (difference === "missing" || (neverFalls && this.#reading[0]! < 0)) return "behind";
    if (difference !== "some") return "same";
    return hasTotal ? "grown" : "left";
  }

  #add(row: number, cells: Float64Array, offset: number): void {
    this.#exported.reserve(row);
    this.#exported.add(row, cells, offset);
  }
}
