/** Places of the cells of a {@link RowGrowth}. */
export const GROWTH = {
  /** The count now. */
  total: 0,
  /** RowGrowth of the count and of the zero count. */
  count: 1,
  zeroCount: 2,
  /** Sum, minimum and maximum now. */
  sum: 3,
  min: 4,
  max: 5,
} as const;

/** Difference between a histogram that another thread writes and an earlier copy of it. */
export class RowGrowth {
  /** In an array, because V8 may allocate an object for each other number that is not a small integer. */
  readonly cells: Float64Array = new Float64Array(6);
  /** Scale of exponential buckets. */
  scale = 0;
  /** Number of buckets that have grown. */
  length = 0;
  /** The buckets that have grown: the number of the cell, or the index at the scale. */
  readonly buckets: Int32Array;
  /** RowGrowth of each of these buckets. */
  readonly counts: Float64Array;
  /** Number of places of exponential buckets with another content. */
  differing = 0;
  /** These places, counted in integers of the page. */
  readonly places: Int32Array;
  /** The content there now. */
  readonly contents: Int32Array;

  /** @param width maximum number of buckets. */
  constructor(width: number) {
    this.buckets = new Int32Array(width);
    this.counts = new Float64Array(width);
    this.places = new Int32Array(width);
    this.contents = new Int32Array(width);
  }
}
