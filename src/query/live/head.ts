// The latest collections, uncompressed.
import { writeColumn } from "../../io/bytes/number-column.ts";
import { ByteWriter } from "../../io/bytes/writer.ts";
import { writeHistograms } from "./packed-histogram.ts";
import { SealedStretch, type Stretch, STRETCH_LENGTH } from "./stretch.ts";

const FIRST_COLUMNS = 256;
// Columns per step: some tens of microseconds.
const STEP = 32;

/**
 * The stretch that is being filled, collection by collection. A collection is visible once it is committed.
 *
 * ```
 * slots    │ value of column 0 │ of column 1 │ …     one for each collection
 * present  │ bits of column 0 │ of column 1 │ …
 * ```
 */
export class Head {
  readonly #times: number[] = [];
  readonly #slots: Float64Array[] = [];
  #present: Uint16Array;
  readonly #histograms = new Map<number, (Float64Array | undefined)[]>();
  #histogramBytes = 0;
  #slot: Float64Array;

  /** @param columns number of columns to make room for. */
  constructor(columns: number = FIRST_COLUMNS) {
    this.#present = new Uint16Array(Math.max(columns, FIRST_COLUMNS));
    this.#slot = new Float64Array(this.#present.length);
  }

  /** Number of committed collections. */
  get count(): number {
    return this.#times.length;
  }

  get sizeBytes(): number {
    const slots = this.#slots.reduce((sum, { byteLength }) => sum + byteLength, this.#slot.byteLength);
    return slots + this.#present.byteLength + this.#histogramBytes;
  }

  /** Sets the value of a column in the next collection. Returns whether it had none. */
  set(column: number, value: number): boolean {
    if (column >= this.#present.length) this.#makeRoom(column);
    const bit = 1 << this.count;
    const before = this.#present[column]!;
    this.#slot[column] = value;
    this.#present[column] = before | bit;
    return (before & bit) === 0;
  }

  /** Sets the packed histogram of a column in the next collection. Returns whether it had none. */
  setHistogram(column: number, packed: Float64Array): boolean {
    const own = this.#histograms.get(column) ?? [];
    this.#histogramBytes += packed.byteLength - (own[this.count]?.byteLength ?? 0);
    own[this.count] = packed;
    this.#histograms.set(column, own);
    return this.set(column, Number.NaN);
  }

  /** Discards the value of a column in the next collection. */
  unset(column: number): void {
    if (column >= this.#present.length) return;
    this.#present[column]! &= ~(1 << this.count);
    this.#discardHistogram(this.#histograms.get(column) ?? []);
  }

  /** Makes the next collection visible. */
  commit(timeUnixMillis: number): void {
    this.#slots.push(this.#slot);
    this.#times.push(timeUnixMillis);
    this.#slot = new Float64Array(this.count === STRETCH_LENGTH ? 0 : this.#present.length);
  }

  /** Discards the values of the next collection. */
  abandon(): void {
    const mask = (1 << this.count) - 1;
    for (let column = 0; column < this.#present.length; column++) this.#present[column]! &= mask;
    for (const own of this.#histograms.values()) this.#discardHistogram(own);
  }

  /** The committed collections. Later ones do not change it. */
  view(): Stretch {
    const times = Float64Array.from(this.#times);
    const slots = [...this.#slots];
    const present = this.#present;
    const histograms = this.#histograms;
    const mask = (1 << times.length) - 1;
    const bits = (column: number): number => (column < present.length ? present[column]! & mask : 0);
    return {
      times,
      bits,
      read(column, values, at) {
        const own = bits(column);
        for (let i = 0, next = at; i < slots.length; i++) {
          if ((own & (1 << i)) !== 0) values[next++] = slots[i]![column]!;
        }
      },
      histograms: (column) =>
        (histograms.get(column) ?? []).slice(0, slots.length).filter((packed) => packed !== undefined),
    };
  }

  /** Compresses all committed collections, in steps. */
  *sealed(columns: number): Generator<void, SealedStretch> {
    const view = this.view();
    const writer = new ByteWriter(16 * columns);
    const partial = new Map<number, number>();
    const lengths = new Uint32Array(columns);
    const all = (1 << this.count) - 1;
    const scratch = new Float64Array(STRETCH_LENGTH);
    // A view for each number of values.
    const firsts = Array.from({ length: STRETCH_LENGTH + 1 }, (_, count) => scratch.subarray(0, count));
    for (let column = 0; column < columns; column++) {
      const bits = view.bits(column);
      const start = writer.length;
      if (bits !== 0 && bits !== all) partial.set(column, bits);
      if (this.#histograms.has(column)) writeHistograms(writer, view.histograms(column));
      else if (bits !== 0) {
        let count = 0;
        for (let i = 0; i < this.#slots.length; i++)
          if ((bits & (1 << i)) !== 0) scratch[count++] = this.#slots[i]![column]!;
        writeColumn(writer, firsts[count]!);
      }
      lengths[column] = writer.length - start;
      if (column % STEP === STEP - 1) yield;
    }
    return new SealedStretch(
      view.times,
      partial,
      lengths,
      new Uint8Array(writer.bytes.subarray(0, writer.length)),
    );
  }

  #discardHistogram(own: (Float64Array | undefined)[]): void {
    this.#histogramBytes -= own[this.count]?.byteLength ?? 0;
    own.length = Math.min(own.length, this.count);
  }

  #makeRoom(column: number): void {
    const length = Math.max(column + 1, this.#present.length + (this.#present.length >> 2));
    const present = new Uint16Array(length);
    present.set(this.#present);
    this.#present = present;
    const slot = new Float64Array(length);
    slot.set(this.#slot);
    this.#slot = slot;
  }
}
