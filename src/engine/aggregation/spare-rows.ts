/** Rows that come and go: taken where something is to be kept that few series have, and given back with them. */

/** Where the rows are. */
interface Rows {
  reserve(row: number): void;
}

/** Numbers of rows, lent from 1 on: 0 stands for "none". */
export class SpareRows {
  readonly #rows: Rows;
  readonly #free: number[] = [];
  #last = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** A row that nobody else has, as its last borrower left it. */
  take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#rows.reserve(++this.#last);
    return this.#last;
  }

  /** Gives a taken row back, emptied. */
  giveBack(row: number): void {
    this.#free.push(row);
  }
}
