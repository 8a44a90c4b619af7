// Data of a training, and the evaluation of a model on data that it had not seen.

/** Data of a training. Times are in seconds since the epoch. */
export interface TrainingRange {
  readonly from: number;
  readonly to: number;
  /** Seconds between two points. */
  readonly step: number;
}

/** Alarms of a model on the last part of its data, with which it was not trained. */
export interface Evaluation {
  /** Length of that part. */
  readonly days: number;
  /** Number of alarms, each with all alarming points that follow. */
  readonly alarms: number;
}

/** Why there is no model. */
export interface Untrained {
  readonly kind: "untrained";
  /** Such as `not enough data`. */
  readonly reason: string;
}

export const NOT_ENOUGH: Untrained = { kind: "untrained", reason: "not enough data" };

/** Version of stored models. Others are ignored. */
export const MODEL_VERSION = 1;

// Shares of the data that determine the components and the tails. The last part is for the evaluation.
const FIT_SHARE = 0.6;
const TAIL_SHARE = 0.8;
// Alarms of a model that is used: a few in any case, since a short evaluation has little meaning, and this many a day.
const ALARMS = 3;
const ALARMS_A_DAY = 0.2;

/** Index of the first point after the part for the components, and after the part for the tails. */
export function partsOf(points: number): { readonly fit: number; readonly tail: number } {
  return { fit: Math.floor(FIT_SHARE * points), tail: Math.floor(TAIL_SHARE * points) };
}

/** Whether a model has few enough alarms to be used. */
export function isQuiet({ days, alarms }: Evaluation): boolean {
  return alarms <= ALARMS + ALARMS_A_DAY * days;
}

export const DAY_SECONDS = 86_400;
