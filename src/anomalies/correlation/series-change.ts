// The change of a series in a window.
import type { Labels } from "../../query/source.ts";
import type { Change } from "./change.ts";
import type { Shape } from "./shape.ts";

/** The change of a series in the window. */
export interface SeriesChange extends Omit<Change, "onset"> {
  readonly metric: string;
  readonly labels: Labels;
  /** Unix milliseconds. */
  readonly onsetMillis: number;
  /** `undefined` if the series does not move in the window. */
  readonly shape?: Shape | undefined;
}
