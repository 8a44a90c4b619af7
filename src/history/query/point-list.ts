// Points as two lists of numbers, which another thread can be handed.

/** Points in the order of their times, in milliseconds since the epoch. */
export class PointList {
  readonly times: number[] = [];
  readonly values: number[] = [];

  get length(): number {
    return this.times.length;
  }

  /** Adds a point behind the others. */
  push(time: number, value: number): void {
    this.times.push(time);
    this.values.push(value);
  }
}
