// How long tests with random parts and soaks go on, where randomness starts, and how patient tests are.

/** Whether this is `npm run test:long`. */
export const isLong: boolean = process.env["TEST_LENGTH"] === "long";

/** The seed of random tests: `TEST_SEED=<number>` repeats a run. */
export const seed: number = Number(process.env["TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** For how long something is waited for that comes at once on a quiet machine, in milliseconds. */
export const waitMillis = 60_000;
