// Length of random tests and soaks, their seed, and the time-out of waits.

/** Whether this is `npm run test:long`. */
export const isLong: boolean = process.env["TEST_LENGTH"] === "long";

/**
 * The seed of random tests. It is random in the long forms, and otherwise constant, so that a run fails only because of
 * changes. `TEST_SEED=<number>` repeats a run, or tries other cases.
 */
export const seed: number = Number(
  process.env["TEST_SEED"] ?? (isLong ? Math.floor(Math.random() * 2 ** 31) : 20_261_120),
);

/** Time-out in milliseconds of a wait for something that takes no time on an idle machine. */
export const waitMillis = 60_000;

/** Number of cases of a property whose usual number is given: two fifths in the short form, ten times as many in the long one. */
export function runs(usual: number): number {
  return isLong ? 10 * usual : Math.ceil(0.4 * usual);
}
