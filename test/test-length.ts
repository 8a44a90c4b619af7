// How long tests with random parts and soaks go on, and where randomness starts.

/** Whether this is `npm run test:long`. */
export const isLong: boolean = process.env["TEST_LENGTH"] === "long";

/** The seed of random tests: `TEST_SEED=<number>` repeats a run. */
export const seed: number = Number(process.env["TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
