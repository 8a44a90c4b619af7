// Parameters are those of a series at 5 minutes. A denser one has more chances of a false alarm a day.
const REFERENCE_SECONDS = 300;
const LEAST = -1 / 3;
const MOST = 2;

/** Returns the factors of ten by which points are denser than 5 minutes, from -1/3 to 2. */
export function densityOf(intervalSeconds: number): number {
  if (!(intervalSeconds > 0)) return 0;
  return Math.max(LEAST, Math.min(MOST, Math.log10(REFERENCE_SECONDS / intervalSeconds)));
}
