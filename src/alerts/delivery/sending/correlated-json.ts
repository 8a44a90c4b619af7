import { isObject, texts } from "../../../options/check.ts";
import type { Correlated } from "../../../anomalies/correlation/correlated.ts";

const DIRECTIONS: readonly Correlated["direction"][] = ["up", "down", "wider", "narrower"];

/**
 * Reads a correlated series from the state file. JSON has no infinity: it writes an infinite factor as `null`.
 *
 * @throws TypeError if the value is not a correlated series.
 */
export function correlatedFrom(value: unknown): Correlated {
  const {
    metric,
    labels,
    isWeak,
    strength,
    direction: word,
    factor,
    leadSeconds,
  } = isObject(value) ? value : {};
  const direction = DIRECTIONS.find((each) => each === word);
  const ofSeries = texts.read(labels);
  if (typeof metric !== "string" || ofSeries === undefined || direction === undefined)
    throw new TypeError("a correlated series is damaged");
  if (typeof strength !== "number" || typeof leadSeconds !== "number")
    throw new TypeError("a correlated series is damaged");
  return {
    metric,
    labels: ofSeries,
    // Files of earlier versions have no weak ones.
    isWeak: isWeak === true,
    strength,
    direction,
    factor: typeof factor === "number" ? factor : Infinity,
    leadSeconds,
  };
}
