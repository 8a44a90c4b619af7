/** Layout of the cells that visitors of histograms receive. */
import { EXPLICIT_CELLS } from "../aggregation/explicit-histogram-store.ts";
import { READING } from "../aggregation/exponential-reading.ts";

/** Histogram with boundaries. The counts start at `buckets`. Min and max are valid only if `hasMinMax` is set. */
export const EXPLICIT: typeof EXPLICIT_CELLS = EXPLICIT_CELLS;

/**
 * Exponential histogram. `positiveLength` counts start at `counts`, the first for bucket `positiveOffset`;
 * those of negative values follow.
 */
export const EXPONENTIAL: typeof READING = READING;
