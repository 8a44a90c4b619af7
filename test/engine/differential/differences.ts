// The one table of differences between upstream's provider and ours, with reasons. `differences.test.ts` shows each
// row on both. Each row also has the way in which programs avoid it, so that everything else can be compared.
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
