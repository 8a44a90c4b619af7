// The cursor that all charts share.
import { computed, signal } from "@preact/signals";

/** Place of the cursor. */
export interface Cursor {
  /** Unix time in seconds. */
  readonly time: number;
  /** The chart below the pointer, or with the keyboard's focus. */
  readonly chart: string;
  /** Pixels from the left and top edge of the chart. */
  readonly left: number;
  readonly top: number;
}

/** `undefined` if no chart is pointed at. */
export const cursor = signal<Cursor | undefined>(undefined);
/** Time of the cursor. It changes less often than the place: legends of all charts follow it. */
export const cursorTime = computed(() => cursor.value?.time);

/** Index of the time nearest to `time`; `times` ascend. -1 without times. */
export function nearestIndex(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= time) low = middle;
    else high = middle;
  }
  if (high < 0) return -1;
  return Math.abs((times[high] ?? 0) - time) < Math.abs((times[low] ?? 0) - time) ? high : low;
}
