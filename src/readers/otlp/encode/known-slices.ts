// Points of earlier collections. If the same rows follow each other again, their bytes are copied, and only the end time and
// the values are written anew.
import type { SeriesSource } from "../../../engine/collection/series-source.ts";

/** The points of one slice, as they were written last. All have the same fields, in the same number of bytes. */
export interface KnownSlice {
  readonly version: number;
  readonly rows: Int32Array;
  readonly bytes: Uint8Array;
  /** Bytes of a point before its attributes. */
  readonly fieldBytes: number;
}

/** The slices of all metrics of one encoder, up to a number of bytes. Those of a metric end with its series. */
export class KnownSlices {
  readonly #maxBytes: number;
  readonly #slices = new WeakMap<SeriesSource, (KnownSlice | undefined)[]>();
  #usedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Begins a collection. */
  begin(): void {
    this.#usedBytes = 0;
  }

  /** The slice with this number, if the rows still have their attributes and start times. */
  of(series: SeriesSource, index: number): KnownSlice | undefined {
    const known = this.#slices.get(series)?.[index];
    return known !== undefined && known.version === series.version ? known : undefined;
  }

  /** Counts a slice that was copied. */
  use({ bytes }: KnownSlice): void {
    this.#usedBytes += bytes.length;
  }

  /** Replaces the slice with this number; none follows if there is no room for it. */
  set(series: SeriesSource, index: number, known: KnownSlice | undefined): void {
    const hasRoom = known !== undefined && this.#usedBytes + known.bytes.length <= this.#maxBytes;
    let slices = this.#slices.get(series);
    if (slices === undefined) {
      if (!hasRoom) return;
      this.#slices.set(series, (slices = []));
    }
    // Fills up in order: an array with holes would be slow.
    while (slices.length < index) slices.push(undefined);
    slices[index] = hasRoom ? known : undefined;
    if (hasRoom) this.use(known);
  }
}
