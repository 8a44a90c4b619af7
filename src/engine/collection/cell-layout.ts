/** Where the cells are that the visitors of histograms are shown. */
import { EXPLICIT_CELLS } from "../aggregation/explicit-histogram-store.ts";
import { READING } from "../aggregation/exponential-rows.ts";

/**
 * A histogram with fixed boundaries: one count more than there are boundaries, the first at `buckets`. Min and max say
 * something only where the metric's `hasMinMax` does.
 */
export const EXPLICIT: typeof EXPLICIT_CELLS = EXPLICIT_CELLS;

/**
 * An exponential histogram: from `counts` on `positiveLength` counts of the buckets from `positiveOffset` on, then
 * `negativeLength` counts of those of negative values.
 */
export const EXPONENTIAL: typeof READING = READING;
