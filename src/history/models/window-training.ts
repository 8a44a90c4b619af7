// Training of the model of one series.
import { mean as meanOf, median } from "simple-statistics";
import { independentCount } from "../analysis/fitted-line.ts";
import { projectionOf, rounded } from "./projection.ts";
import { scaled, type StandardScale, standardScaleOf } from "./standard-scale.ts";
import { tailOf } from "./tail.ts";
import {
  DAY_SECONDS,
  isQuiet,
  MODEL_VERSION,
  NOT_ENOUGH,
  partsOf,
  type TrainingRange,
  type Untrained,
} from "./training.ts";
import {
  DAY_PARTS,
  dayPartAt,
  plainValue,
  WINDOW,
  WindowAlarm,
  type WindowModel,
  windowProbability,
  WindowScorer,
} from "./window-model.ts";

const MIN_POINTS = 480;
// Only the latest points are used if there are more.
const MAX_POINTS = 100_000;
// A daily season needs this many days of the part that determines it, and must explain this share of the variance.
const MIN_DAYS = 3;
const MIN_EXPLAINED = 0.2;
const POINTS_A_PIECE = 1_024;

const FORMS = ["level", "shape"] as const;
// Independent values that determine a level. A random walk has few, however long it is.
const MIN_INDEPENDENT = 100;

type Fitted = Pick<WindowModel, "form" | "scale" | "day" | "projection" | "range">;

/**
 * Trains a model with values at equal distances, NaN if one is missing. Tries the form `level` first if the level is steady.
 * Runs in short pieces.
 */
export function* trainWindowModel(
  given: Float64Array,
  givenRange: TrainingRange,
): Generator<void, WindowModel | Untrained> {
  const values = given.subarray(Math.max(0, given.length - MAX_POINTS));
  const range = { ...givenRange, from: givenRange.from + (given.length - values.length) * givenRange.step };
  const { fit } = partsOf(values.length);
  const scale = standardScaleOf(values.subarray(0, fit));
  if (scale === undefined) return { kind: "untrained", reason: "no series that changes" };
  yield;
  const day = dayOf(values.subarray(0, fit), scale, range);
  yield;
  const plain = values.map((value, i) => plainValue({ scale, day }, range.from + i * range.step, value));
  yield;
  let found: WindowModel | Untrained = NOT_ENOUGH;
  for (const form of hasSteadyLevel(plain.subarray(0, fit)) ? FORMS : FORMS.slice(1)) {
    const covariance = windowCovariance(plain.subarray(0, fit), form);
    yield;
    if (covariance === undefined) return NOT_ENOUGH;
    const projection = projectionOf(covariance, WINDOW);
    yield;
    found = yield* evaluated({ form, scale, day, projection, range }, plain);
    if (found.kind === "window") return found;
  }
  return found;
}

function hasSteadyLevel(plain: Float64Array): boolean {
  const known = Array.from(plain).filter((value) => !Number.isNaN(value));
  const middle = meanOf(known);
  return independentCount(known.map((value) => value - middle)) >= MIN_INDEPENDENT;
}

function* evaluated(fitted: Fitted, plain: Float64Array): Generator<void, WindowModel | Untrained> {
  const { fit, tail } = partsOf(plain.length);
  const scorer = new WindowScorer(fitted);
  const [spreads, rests] = [new Float64Array(plain.length - fit), new Float64Array(plain.length - fit)];
  for (let i = fit; i < plain.length; i++) {
    const statistics = scorer.push(plain[i]!);
    [spreads[i - fit], rests[i - fit]] = [statistics?.spread ?? Number.NaN, statistics?.rest ?? Number.NaN];
    if (i % POINTS_A_PIECE === 0) yield;
  }
  const tailsUntil = (end: number): Pick<WindowModel, "spreadTail" | "restTail"> => ({
    spreadTail: tailOf(spreads.subarray(0, end - fit).filter((each) => !Number.isNaN(each))),
    restTail: tailOf(rests.subarray(0, end - fit).filter((each) => !Number.isNaN(each))),
  });
  const tails = tailsUntil(tail);
  yield;
  const alarm = new WindowAlarm();
  let alarms = 0;
  for (let i = tail - fit; i < spreads.length; i++)
    if (alarm.push(windowProbability(tails, spreads[i]!, rests[i]!)) === "begins") alarms++;
  const evaluation = { days: rounded(((plain.length - tail) * fitted.range.step) / DAY_SECONDS), alarms };
  yield;
  if (!isQuiet(evaluation))
    return { kind: "untrained", reason: `${alarms} alarms in ${evaluation.days} days of its own data` };
  // After the evaluation, that part serves as well.
  return { kind: "window", version: MODEL_VERSION, ...fitted, ...tailsUntil(plain.length), evaluation };
}

// The median deviation in each part of the day, if it explains enough of the variance.
function dayOf(values: Float64Array, scale: StandardScale, { from, step }: TrainingRange): readonly number[] {
  if (values.length * step < MIN_DAYS * DAY_SECONDS || step * DAY_PARTS > DAY_SECONDS) return [];
  const parts = Array.from({ length: DAY_PARTS }, (): number[] => []);
  for (const [i, value] of values.entries()) {
    const plain = scaled(scale, value);
    if (!Number.isNaN(plain)) parts[Math.floor(dayPartAt(from + i * step))]!.push(plain);
  }
  if (parts.some((part) => part.length === 0)) return [];
  const day = parts.map((part) => rounded(median(part)));
  let [before, after] = [0, 0];
  for (const [i, part] of parts.entries()) {
    for (const value of part) {
      before += value * value;
      after += (value - day[i]!) ** 2;
    }
  }
  return after < (1 - MIN_EXPLAINED) * before ? day : [];
}

// Covariance of all windows without a missing value. Sums for pairs of places with the same distance differ only at the ends
// of a run of values, so they are updated.
function windowCovariance(plain: Float64Array, form: WindowModel["form"]): Float64Array | undefined {
  const size = WINDOW;
  const covariance = new Float64Array(size * size);
  const sums = new Float64Array(size);
  let count = 0;
  for (const run of runsOf(plain)) {
    const windows = run.length - size + 1;
    count += windows;
    for (let lag = 0; lag < size; lag++) {
      let product = 0;
      for (let i = 0; i < windows; i++) product += run[i]! * run[i + lag]!;
      for (let place = 0; place + lag < size; place++) {
        covariance[place * size + place + lag]! += product;
        const [leaving, entering] = [place, place + windows];
        if (place + lag + 1 < size)
          product += run[entering]! * run[entering + lag]! - run[leaving]! * run[leaving + lag]!;
      }
    }
    let sum = run.subarray(0, windows).reduce((total, value) => total + value, 0);
    for (let place = 0; place < size; place++) {
      sums[place]! += sum;
      if (place + 1 < size) sum += run[place + windows]! - run[place]!;
    }
  }
  if (count < MIN_POINTS / 2) return undefined;
  for (let a = 0; a < size; a++)
    for (let b = a; b < size; b++)
      covariance[a * size + b] = covariance[b * size + a] =
        covariance[a * size + b]! / count - (sums[a]! / count) * (sums[b]! / count);
  return form === "level" ? covariance : centred(covariance);
}

// The covariance of windows whose mean is subtracted.
function centred(covariance: Float64Array): Float64Array {
  const size = WINDOW;
  const means = Float64Array.from({ length: size }, (_, a) => {
    let sum = 0;
    for (let b = 0; b < size; b++) sum += covariance[a * size + b]!;
    return sum / size;
  });
  const whole = means.reduce((sum, mean) => sum + mean, 0) / size;
  return covariance.map((entry, i) => entry - means[Math.floor(i / size)]! - means[i % size]! + whole);
}

function* runsOf(values: Float64Array): Generator<Float64Array> {
  for (let start = 0, end = 0; end <= values.length; end++) {
    if (end < values.length && !Number.isNaN(values[end]!)) continue;
    if (end - start >= WINDOW) yield values.subarray(start, end);
    start = end + 1;
  }
}
