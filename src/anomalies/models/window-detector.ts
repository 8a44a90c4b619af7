// Detector of one series by its learned model.
import type { HistorySource } from "../../history/index.ts";
import type { TrainingRange, Untrained } from "../../history/models/training.ts";
import { WINDOW_ALARM, type WindowModel, WindowWatch } from "../../history/models/window-model.ts";
import { trainWindowModel } from "../../history/models/window-training.ts";
import { hasStore, storeOf } from "../../history/store-of.ts";
import { inSlices } from "../../io/yield.ts";
import { learnedScore } from "./learned-score.ts";
import type { DetectorResult, SeriesDetector } from "../series/unusual-ranges.ts";

/** Finds windows that are unlike those of the training. */
export class WindowDetector implements SeriesDetector {
  readonly #watch: WindowWatch;

  constructor(model: WindowModel) {
    this.#watch = new WindowWatch(model);
  }

  push(time: number, value: number): DetectorResult | undefined {
    const verdict = this.#watch.push(time, value);
    if (verdict === undefined) return undefined;
    const { probability, isAlarm, expected } = verdict;
    return { score: learnedScore(probability, WINDOW_ALARM), anomalous: isAlarm, expected };
  }
}

/** Trains a model: in the thread of a store, or in slices if the history is remote. */
export async function trainedWindow(
  history: HistorySource,
  values: Float64Array,
  range: TrainingRange,
  signal?: AbortSignal,
): Promise<WindowModel | Untrained> {
  if (hasStore(history)) return storeOf(history).trainWindow(values, range, signal);
  return inSlices(trainWindowModel(values, range), { signal });
}
