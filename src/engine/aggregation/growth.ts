/** Difference between a histogram that another thread writes and an earlier copy of it. */
export class Growth {
  /** The count now, and by how much it has grown. */
  total = 0;
  count = 0;
  sum = 0;
  min = 0;
  max = 0;
  zeroCount = 0;
  /** Scale of exponential buckets. */
  scale = 0;
  /** Number of buckets that have grown. */
  length = 0;
  /** The buckets that have grown: the number of the cell, or the index at the scale. */
  readonly buckets: Int32Array;
  /** Growth of each of these buckets. */
  readonly counts: Float64Array;
  /** Memory of exponential buckets that differ: their places on the page, and the content there. */
  readonly places: Int32Array;
  readonly contents: Int32Array;
  differing = 0;

  /** @param width maximum number of buckets. */
  constructor(width: number) {
    this.buckets = new Int32Array(width);
    this.counts = new Float64Array(width);
    this.places = new Int32Array(width);
    this.contents = new Int32Array(width);
  }
}
