/** Where the cells are that the visitors of histograms are shown. */
import { EXPLICIT_CELLS } from "../aggregation/explicit-histogram-store.ts";
import { READING } from "../aggregation/exponential-rows.ts";

/** A histogram with boundaries; counts from `buckets` on. Min and max say something only if `hasMinMax` does. */
export const EXPLICIT: typeof EXPLICIT_CELLS = EXPLICIT_CELLS;

/** From `counts` on `positiveLength` counts, the first of bucket `positiveOffset`; then those of negative values. */
export const EXPONENTIAL: typeof READING = READING;
