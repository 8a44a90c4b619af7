import { annotations } from "../annotations.ts";
import type { Place } from "../expression.ts";
import type { Evaluation, Pieces } from "./evaluation.ts";
import type { Frame } from "./frame.ts";

/** Adds a warning for each quantile outside of 0 to 1. With `result`, steps without a result need no quantile. */
export function* noteInvalidQuantiles(
  quantiles: Float64Array,
  place: Place,
  { annotations: found, work }: Pick<Evaluation, "annotations" | "work">,
  result?: Frame,
): Pieces<void> {
  for (let step = 0; step < quantiles.length; step++) {
    if (work.spend(1)) yield;
    const q = quantiles[step]!;
    if (q >= 0 && q <= 1) continue;
    if (result === undefined || result.hasAnyAt(step)) found.add(annotations.invalidQuantile(q), place);
    if (work.spend(100 + (result?.rows ?? 0))) yield;
  }
}
