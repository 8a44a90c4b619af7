// The one table of what upstream's provider does otherwise than ours, and why; `differences.test.ts` shows each row on
// both. What programs do about it, so that all else can be compared, is said in each row too.
import type { Difference } from "./differences/difference.ts";
import { ofInstruments } from "./differences/instruments.ts";
import { ofObservations } from "./differences/observations.ts";
import { ofSeries } from "./differences/series.ts";
import { ofViews } from "./differences/views.ts";

/** All rows. */
export const differences: readonly Difference[] = [
  ...ofSeries,
  ...ofObservations,
  ...ofViews,
  ...ofInstruments,
];
