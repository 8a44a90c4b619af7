// Points as two lists of numbers, which another thread can be handed.

const FIRST_CAPACITY = 16;

/** Points in the order of their times, in milliseconds since the epoch. */
export class PointList {
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The times, as long as no point is added. */
  get times(): Float64Array {
    return this.#times.subarray(0, this.#length);
  }

  /** The values, as long as no point is added. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }

  /** Adds a point behind the others. */
  push(time: number, value: number): void {
    if (this.#length === this.#times.length) this.#makeRoom(2 * this.#length);
    this.#times[this.#length] = time;
    this.#values[this.#length++] = value;
  }

  /** Adds points behind the others. */
  pushAll(times: Float64Array, values: Float64Array): void {
    const length = this.#length + times.length;
    if (length > this.#times.length) this.#makeRoom(Math.max(length, 2 * this.#length));
    this.#times.set(times, this.#length);
    this.#values.set(values, this.#length);
    this.#length = length;
  }

  #makeRoom(capacity: number): void {
    const [times, values] = [new Float64Array(capacity), new Float64Array(capacity)];
    times.set(this.times);
    values.set(this.values);
    this.#times = times;
    this.#values = values;
  }
}
