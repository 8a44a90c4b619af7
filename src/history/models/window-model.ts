// Model of one series: the usual shapes of its windows, by principal components (sub-PCA).
import { Projector, type Projection } from "./projection.ts";
import { scaled, type StandardScale } from "./standard-scale.ts";
import { type Tail, tailProbability } from "./tail.ts";
import { DAY_SECONDS, type Evaluation, type TrainingRange } from "./training.ts";

/** The usual windows of a series. Plain data. */
export interface WindowModel {
  readonly kind: "window";
  readonly version: number;
  readonly range: TrainingRange;
  /** `level`: a window's level matters. `shape`: only its shape, since the level drifts. */
  readonly form: "level" | "shape";
  readonly scale: StandardScale;
  /** Usual deviation in each part of the day; empty without a daily season. */
  readonly day: readonly number[];
  readonly projection: Projection;
  readonly spreadTail: Tail;
  readonly restTail: Tail;
  readonly evaluation: Evaluation;
}

/** Result for one point, and the window that it ends. */
export interface WindowVerdict {
  /** Probability of such a window, or a less usual one, in the data of the training. */
  readonly probability: number;
  readonly isAlarm: boolean;
  /** Range that the points before suggest for this one: 99.9 % of the points if errors are normally distributed. */
  readonly expected: readonly [low: number, high: number];
}

/** Points of a window. */
export const WINDOW = 16;
/** Parts of a day with a usual deviation each. */
export const DAY_PARTS = 96;
/** Alarms begin below this probability, and end after a whole window above it. */
export const WINDOW_ALARM = 3e-6;

// Standard deviations on each side of an expected value.
const BAND = 3.3;

/** Part of the day, with a fraction. */
export function dayPartAt(seconds: number): number {
  return ((((seconds % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS) / DAY_SECONDS) * DAY_PARTS;
}

/** A value, scaled, and without the daily season, which is interpolated between the middles of its parts. */
export function plainValue(
  { scale, day }: Pick<WindowModel, "scale" | "day">,
  seconds: number,
  value: number,
): number {
  return scaled(scale, value) - seasonAt(day, seconds);
}

function seasonAt(day: WindowModel["day"], seconds: number): number {
  if (day.length === 0) return 0;
  const part = (dayPartAt(seconds) - 0.5 + DAY_PARTS) % DAY_PARTS;
  const share = part - Math.floor(part);
  return (1 - share) * day[Math.floor(part)]! + share * day[(Math.floor(part) + 1) % DAY_PARTS]!;
}

/** Probability of a window with these statistics, or of a less usual one; 1 if they are NaN. */
export function windowProbability(
  { spreadTail, restTail }: Pick<WindowModel, "spreadTail" | "restTail">,
  spread: number,
  rest: number,
): number {
  if (Number.isNaN(spread)) return 1;
  return Math.min(1, 2 * Math.min(tailProbability(spreadTail, spread), tailProbability(restTail, rest)));
}

/** An alarm, which lasts until a whole window is usual. */
export class WindowAlarm {
  #left = 0;

  push(probability: number): "begins" | "lasts" | "none" {
    const isActive = this.#left > 0;
    if (probability < WINDOW_ALARM) this.#left = WINDOW;
    else if (isActive) this.#left--;
    if (this.#left === 0) return "none";
    return isActive ? "lasts" : "begins";
  }
}

/** Computes T² and Q of the latest window. */
export class WindowScorer {
  readonly #form: WindowModel["form"];
  readonly #projector: Projector;
  readonly #window = new Float64Array(WINDOW);
  #known = 0;

  constructor({ form, projection }: Pick<WindowModel, "form" | "projection">) {
    this.#form = form;
    this.#projector = new Projector(projection);
  }

  /** `undefined` until there is a whole window. */
  push(value: number): { readonly spread: number; readonly rest: number } | undefined {
    this.#known = Number.isNaN(value) ? 0 : this.#known + 1;
    this.#window.copyWithin(0, 1);
    this.#window[WINDOW - 1] = value;
    if (this.#known < WINDOW) return undefined;
    if (this.#form === "level") return this.#projector.project(this.#window);
    const mean = this.#window.reduce((sum, each) => sum + each, 0) / WINDOW;
    return this.#projector.project(this.#window.map((each) => each - mean));
  }

  /** Value that the others of the latest window suggest for its last one, and the usual deviation from it. */
  suggestion(): { readonly plain: number; readonly deviation: number } {
    const { change, deviation } = this.#projector.suggestion(WINDOW - 1, this.#form === "shape");
    return { plain: this.#window[WINDOW - 1]! + change, deviation };
  }
}

/** Watches the values of a series by its model. */
export class WindowWatch {
  readonly #model: WindowModel;
  readonly #scorer: WindowScorer;
  readonly #alarm = new WindowAlarm();

  constructor(model: WindowModel) {
    this.#model = model;
    this.#scorer = new WindowScorer(model);
  }

  /**
   * `undefined` until there is a whole window, and after a missing value.
   *
   * @param seconds since the epoch. Values have the distance of those of the training.
   */
  push(seconds: number, value: number): WindowVerdict | undefined {
    const statistics = this.#scorer.push(plainValue(this.#model, seconds, value));
    if (statistics === undefined) return undefined;
    const probability = windowProbability(this.#model, statistics.spread, statistics.rest);
    const isAlarm = this.#alarm.push(probability) !== "none";
    return { probability, isAlarm, expected: this.#expected(seconds) };
  }

  #expected(seconds: number): readonly [low: number, high: number] {
    const { scale, day } = this.#model;
    const { plain, deviation } = this.#scorer.suggestion();
    const middle = scale.centre + scale.scale * (plain + seasonAt(day, seconds));
    const width = BAND * scale.scale * deviation;
    return [middle - width, middle + width];
  }
}
