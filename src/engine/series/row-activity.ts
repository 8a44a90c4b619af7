import { grownFloat64 } from "../aggregation/grown.ts";

// In place of the time of a row's last use: it was used since the last collection. Use is marked, not timed,
// because reading the clock would cost more than the recording.
const IN_USE = Infinity;

/** Times of the rows' last use by `performance.now()`, to the precision of a collection. */
export class RowActivity {
  #lastUses: Float64Array = new Float64Array(16);

  use(row: number): void {
    if (row >= this.#lastUses.length) this.#lastUses = grownFloat64(this.#lastUses, row + 1);
    this.#lastUses[row] = IN_USE;
  }

  /** Sets the time of a collection. Rows used since the previous one count as used at this time. */
  advance(millis: number): void {
    const lastUses = this.#lastUses;
    for (let row = 0; row < lastUses.length; row++) if (lastUses[row] === IN_USE) lastUses[row] = millis;
  }

  isUsedAfter(row: number, millis: number): boolean {
    return this.#lastUses[row]! > millis;
  }
}
