// Joint model of a group of series: their correlations, by principal components.
import { Projector, type Projection, projectionOf } from "./projection.ts";
import { scaled, type StandardScale, standardScaleOf } from "./standard-scale.ts";
import { type Tail, tailOf, tailProbability } from "./tail.ts";
import {
  DAY_SECONDS,
  type Evaluation,
  isQuiet,
  MODEL_VERSION,
  NOT_ENOUGH,
  partsOf,
  type TrainingRange,
  type Untrained,
} from "./training.ts";

/** Correlations of a group of series. Plain data. */
export interface JointModel {
  readonly kind: "joint";
  readonly version: number;
  readonly range: TrainingRange;
  /** Number of series, those without a role included. */
  readonly columns: number;
  /** Indices of the series with a role. The others were constant. */
  readonly used: readonly number[];
  readonly scales: readonly StandardScale[];
  readonly projection: Projection;
  /** Tails of the two statistics of a {@link JointScorer}. */
  readonly deviationTail: Tail;
  readonly spreadTail: Tail;
  readonly evaluation: Evaluation;
  /** Names of the series, in the order of the columns. They are added before the model is stored. */
  readonly names?: readonly string[];
}

/** Result for one row. */
export interface JointVerdict {
  /** Probability of such a row, or a less usual one, in the data of the training. */
  readonly probability: number;
  readonly isAlarm: boolean;
  /** Index of the series that fits the others least. */
  readonly column: number;
  /** Share of each series in the deviation, from 0 to 1. */
  readonly contributions: readonly number[];
}

const MIN_ROWS = 300;
const MIN_ROWS_A_COLUMN = 20;
/** Most series of a group. */
export const MAX_COLUMNS = 64;
// Only the latest rows are used if there are more.
const MAX_ROWS = 50_000;
// Weight of a row in the moving means, and the most that one row can add.
const WEIGHT = 0.2;
const MAX_DEVIATION = 25;
/**
 * An alarm begins below this probability, and ends above the next one. A wide spread, with all correlations intact, must be
 * rarer.
 */
export const JOINT_ALARM = 3e-5;
const END = 0.2;
const SPREAD_FACTOR = 30;
// Share of missing values of a row that are filled in.
const MAX_MISSING = 0.5;
const FILLINGS = 4;
const ROWS_A_PIECE = 256;

/** Trains a model with columns of equal length, one for each series; NaN if a value is missing. Runs in short pieces. */
export function* trainJointModel(
  given: readonly Float64Array[],
  range: TrainingRange,
): Generator<void, JointModel | Untrained> {
  if (given.length > MAX_COLUMNS) return { kind: "untrained", reason: `more than ${MAX_COLUMNS} series` };
  const columns = given.map((column) => column.subarray(Math.max(0, column.length - MAX_ROWS)));
  const rows = columns[0]?.length ?? 0;
  const parts = partsOf(rows);
  const found: { readonly index: number; readonly scale: StandardScale }[] = [];
  for (const [index, column] of columns.entries()) {
    const scale = standardScaleOf(column.subarray(0, parts.fit));
    if (scale !== undefined) found.push({ index, scale });
    yield;
  }
  const used = found.map(({ index }) => index);
  const scales = found.map(({ scale }) => scale);
  const size = used.length;
  if (size < 2) return { kind: "untrained", reason: "fewer than two series that change" };
  const values = found.map(({ index, scale }) => columns[index]!.map((value) => scaled(scale, value)));
  const covariance = yield* covarianceOf(values, parts.fit);
  if (covariance === undefined) return NOT_ENOUGH;
  const projection = projectionOf(covariance, size);
  yield;
  const scorer = new JointScorer({ columns: columns.length, used, scales, projection });
  const [deviations, spreads] = [new Float64Array(rows), new Float64Array(rows)];
  const row = new Float64Array(columns.length);
  for (let i = parts.fit; i < rows; i++) {
    for (const [c, column] of columns.entries()) row[c] = column[i]!;
    const statistics = scorer.push(row);
    [deviations[i], spreads[i]] = [statistics?.deviation ?? Number.NaN, statistics?.spread ?? Number.NaN];
    if (i % ROWS_A_PIECE === 0) yield;
  }
  const tailsUntil = (end: number): Pick<JointModel, "deviationTail" | "spreadTail"> => ({
    deviationTail: tailOf(knownOf(deviations.subarray(parts.fit, end))),
    spreadTail: tailOf(knownOf(spreads.subarray(parts.fit, end))),
  });
  const tails = tailsUntil(parts.tail);
  let alarms = 0;
  let isAlarm = false;
  for (let i = parts.tail; i < rows; i++) {
    const probability = jointProbability(tails, deviations[i]!, spreads[i]!);
    const isNext = isAlarming(isAlarm, probability);
    if (isNext && !isAlarm) alarms++;
    isAlarm = isNext;
  }
  const evaluation = { days: ((rows - parts.tail) * range.step) / DAY_SECONDS, alarms };
  if (!isQuiet(evaluation))
    return {
      kind: "untrained",
      reason: `${alarms} alarms in ${evaluation.days.toFixed(1)} days of its own data`,
    };
  return {
    kind: "joint",
    version: MODEL_VERSION,
    range,
    columns: columns.length,
    used,
    scales,
    projection,
    // After the evaluation, that part serves as well.
    ...tailsUntil(rows),
    evaluation,
  };
}

function knownOf(statistics: Float64Array): Float64Array {
  return statistics.filter((statistic) => !Number.isNaN(statistic));
}

// `undefined` if there are too few rows without missing values.
function* covarianceOf(
  values: readonly Float64Array[],
  rows: number,
): Generator<void, Float64Array | undefined> {
  const size = values.length;
  const isWhole = Array.from({ length: rows }, (_, i) => values.every((column) => !Number.isNaN(column[i]!)));
  const whole = values.map((column) => column.subarray(0, rows).filter((_, i) => isWhole[i]));
  const count = whole[0]?.length ?? 0;
  yield;
  if (count < Math.max(MIN_ROWS, MIN_ROWS_A_COLUMN * size)) return undefined;
  const covariance = new Float64Array(size * size);
  for (const column of whole) {
    const mean = column.reduce((sum, value) => sum + value, 0) / count;
    for (let i = 0; i < count; i++) column[i]! -= mean;
  }
  for (let a = 0; a < size; a++) {
    for (let b = 0; b <= a; b++) {
      const [one, other] = [whole[a]!, whole[b]!];
      let sum = 0;
      for (let i = 0; i < count; i++) sum += one[i]! * other[i]!;
      covariance[a * size + b] = covariance[b * size + a] = sum / count;
    }
    yield;
  }
  return covariance;
}

interface Statistics {
  readonly deviation: number;
  readonly spread: number;
}

function jointProbability(
  { deviationTail, spreadTail }: Pick<JointModel, "deviationTail" | "spreadTail">,
  deviation: number,
  spread: number,
): number {
  if (Number.isNaN(deviation)) return 1;
  const ofSpread = SPREAD_FACTOR * tailProbability(spreadTail, spread);
  return Math.min(1, tailProbability(deviationTail, deviation), ofSpread);
}

function isAlarming(isAlarm: boolean, probability: number): boolean {
  return probability < (isAlarm ? END : JOINT_ALARM);
}

/** Computes moving statistics of rows: the largest deviation of a series from the others, and T². */
class JointScorer {
  /** Moving mean of each deviation. */
  readonly deviations: Float64Array;
  /** Index of the largest deviation, among all series. */
  column = 0;
  readonly #model: Pick<JointModel, "columns" | "used" | "scales" | "projection">;
  readonly #projector: Projector;
  readonly #row: Float64Array;
  readonly #latest: Float64Array;
  #spread: number;

  constructor(model: Pick<JointModel, "columns" | "used" | "scales" | "projection">) {
    this.#model = model;
    this.#projector = new Projector(model.projection);
    const { size, main } = model.projection;
    this.#row = new Float64Array(size);
    this.#latest = new Float64Array(size);
    this.deviations = new Float64Array(size).fill(1);
    this.#spread = main;
  }

  /** `undefined` if too many values are missing. */
  push(values: ArrayLike<number>): Statistics | undefined {
    const { used, scales, projection } = this.#model;
    let missing = 0;
    for (const [i, index] of used.entries()) {
      const value = scaled(scales[i]!, values[index] ?? Number.NaN);
      if (Number.isNaN(value)) missing++;
      this.#row[i] = value;
    }
    if (missing > MAX_MISSING * projection.size) return undefined;
    const { spread } = missing === 0 ? this.#projector.project(this.#row) : this.#projectFilled();
    this.#projector.deviations(this.#latest);
    this.#spread += WEIGHT * (Math.min(spread, MAX_DEVIATION * projection.main) - this.#spread);
    let largest = 0;
    for (let i = 0; i < projection.size; i++) {
      this.deviations[i]! += WEIGHT * (Math.min(this.#latest[i]!, MAX_DEVIATION) - this.deviations[i]!);
      if (this.deviations[i]! > this.deviations[largest]!) largest = i;
    }
    this.column = used[largest]!;
    return { deviation: this.deviations[largest]!, spread: this.#spread };
  }

  // Missing values are those that the others suggest: each step removes a missing value's own gradient.
  #projectFilled(): { readonly spread: number } {
    const row = this.#row;
    const missing = [...row.keys()].filter((i) => Number.isNaN(row[i]!));
    for (const i of missing) row[i] = 0;
    const { size, rows } = this.#model.projection;
    for (let round = 0; round < FILLINGS; round++) {
      for (const i of missing) {
        let [gradient, curvature] = [0, 0];
        for (let component = 0; component < size; component++) {
          const entry = rows[component * size + i]!;
          let score = 0;
          for (let k = 0; k < size; k++) score += rows[component * size + k]! * row[k]!;
          gradient += entry * score;
          curvature += entry * entry;
        }
        if (curvature > 0) row[i]! -= gradient / curvature;
      }
    }
    return this.#projector.project(row);
  }
}

/** Watches rows of a group by its model. */
export class JointWatch {
  readonly #model: JointModel;
  readonly #scorer: JointScorer;
  #isAlarm = false;

  constructor(model: JointModel) {
    this.#model = model;
    this.#scorer = new JointScorer(model);
  }

  /** `undefined` if too many values are missing. `values` has one for each series of the training, NaN if missing. */
  push(values: ArrayLike<number>): JointVerdict | undefined {
    const statistics = this.#scorer.push(values);
    if (statistics === undefined) return undefined;
    const probability = jointProbability(this.#model, statistics.deviation, statistics.spread);
    this.#isAlarm = isAlarming(this.#isAlarm, probability);
    const { deviations, column } = this.#scorer;
    const total = deviations.reduce((sum, each) => sum + each, 0);
    const contributions = Array.from({ length: this.#model.columns }, () => 0);
    for (const [i, index] of this.#model.used.entries()) contributions[index] = deviations[i]! / total;
    return { probability, isAlarm: this.#isAlarm, column, contributions };
  }
}
