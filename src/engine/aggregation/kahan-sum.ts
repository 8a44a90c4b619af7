/** Sum with Neumaier's compensation. */
export class KahanSum {
  #sum = 0;
  #compensation = 0;

  constructor(sum = 0, compensation = 0) {
    this.#sum = sum;
    this.#compensation = compensation;
  }

  /** Begins again with a sum. */
  restart(sum: number): void {
    this.#sum = sum;
    this.#compensation = 0;
  }

  add(value: number): void {
    const total = this.#sum + value;
    this.#compensation = compensationOf(this.#sum, value, total, this.#compensation);
    this.#sum = total;
  }

  /** Without the compensation. */
  get uncorrected(): number {
    return this.#sum;
  }

  get compensation(): number {
    return this.#compensation;
  }

  get value(): number {
    return this.#sum + this.#compensation;
  }
}

/** New compensation if `value` is added to `sum`; `total` is their sum. */
export function compensationOf(sum: number, value: number, total: number, before: number): number {
  if (total === Infinity || total === -Infinity) return 0;
  return Math.abs(sum) >= Math.abs(value) ? before + (sum - total + value) : before + (value - total + sum);
}
