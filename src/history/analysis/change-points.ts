// Change points of a metric: when the level of a series changed.
import type { Attributes } from "@opentelemetry/api";
import type { Question } from "../question.ts";
import { type Asked, askedPoints, rangeOf } from "./asked-points.ts";
import { joiningProcesses } from "./joined-processes.ts";
import type { LevelChange } from "./level-changes.ts";

/** A time at which the level of a series changed. */
export interface ChangePoint {
  /** Time of the first point of the new level, in seconds since the epoch. */
  readonly time: number;
  /** Mean of the points before, up to the previous change point. */
  readonly before: number;
  /** Mean of the points after, up to the next change point. */
  readonly after: number;
  /** `after` divided by `before`; infinite if `before` is 0. */
  readonly factor: number;
  /** Probability of such a change anywhere in a series without changes; at most 0.01. */
  readonly pValue: number;
  /** Attributes of the series. */
  readonly attributes: Attributes;
}

/** Finds the level changes of finite values at equal distances. */
export type FindLevelChanges = (
  values: Float64Array,
  signal: AbortSignal | undefined,
) => Promise<readonly LevelChange[]>;

/**
 * The change points of all series, in the order of time. Series of processes that ran at the same time are joined.
 * Rejects with a QuestionError if the question is invalid.
 */
export async function changePointsOf(
  asked: Asked,
  question: Question,
  findLevelChanges: FindLevelChanges,
): Promise<ChangePoint[]> {
  const range = await rangeOf(asked, question);
  // Queried even without points, for the validation of the question.
  const query = joiningProcesses((each) => asked.query(each));
  const answers = range && (await askedPoints({ query }, question, [range]));
  const { series } = answers?.[0] ?? (await query(question));
  const found: ChangePoint[] = [];
  for (const { attributes, points } of series) {
    const finite = points.filter(([, value]) => Number.isFinite(value));
    const values = Float64Array.from(finite, ([, value]) => value);
    for (const { index, before, after, pValue } of await findLevelChanges(values, question.signal))
      found.push({ time: finite[index]![0], before, after, factor: after / before, pValue, attributes });
  }
  return found.toSorted((one, other) => one.time - other.time);
}
