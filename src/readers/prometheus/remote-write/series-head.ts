// The parts of a series, as ids of symbols.

/** The parts of a series beside its labels and its values, as ids of symbols. */
export interface SeriesHead {
  readonly name: number;
  /** Value of label `le`; 0 without one. */
  readonly bound: number;
  readonly type: number;
  /** Number of the series in the encoder's memory. */
  readonly series: number;
  readonly help: number;
  readonly unit: number;
}

/** Ids of the names and values of labels, sorted by name; the first `count` are valid. */
export interface SeriesLabels {
  readonly ids: Int32Array;
  readonly count: number;
}

/** Labels that are read on demand. */
export interface ReadLabels {
  read(): SeriesLabels;
}
