// How long tests with random parts and soaks go on, where randomness starts, and how patient tests are.

/** Whether this is `npm run test:long`. */
export const isLong: boolean = process.env["TEST_LENGTH"] === "long";

/**
 * The seed of random tests. In the long forms chance decides it, and else it is the same each time, so that a run fails
 * for what was changed alone. `TEST_SEED=<number>` repeats a run, or explores.
 */
export const seed: number = Number(
  process.env["TEST_SEED"] ?? (isLong ? Math.floor(Math.random() * 2 ** 31) : 20_261_120),
);

/** For how long something is waited for that comes at once on a quiet machine, in milliseconds. */
export const waitMillis = 60_000;
