// Settings of `npm run test:scale`, from variables. A run that could take more than 30 minutes is refused.

const LIMIT_SECONDS = 1_800;

const isShort = process.env["TEST_LENGTH"] === "scale-short";

/** Number of simulated processes. */
export const PROCESSES: number = setting("TEST_PROCESSES", isShort ? 40 : 1_000, 4, 5_000);
/** Number of the processes that are real; the others replay their traffic. */
export const REAL: number = setting("TEST_REAL", isShort ? 10 : 50, 2, Math.min(PROCESSES - 1, 200));
/** Number of series of each process. */
export const SERIES: number = setting("TEST_SERIES", isShort ? 500 : 2_000, 1, 10_000);
/** Seconds between two collections. */
export const INTERVAL: number = setting("TEST_INTERVAL", isShort ? 5 : 60, 2, 300);
/** Seconds for which the backend is down. */
export const OUTAGE: number = setting("TEST_OUTAGE", isShort ? 20 : 600, 10, 900);
/** Option `outbox.catchUp` of each process. */
export const CATCH_UP: number = setting("TEST_CATCH_UP", 20, 1, 100);
/** Real processes that are killed during the outage. */
export const KILLED: number = Math.ceil(REAL / 5);

/** Seconds from the common start of the processes to the outage. */
export const BEFORE: number = 3 * INTERVAL;

/** Longest pause between two attempts, in seconds. */
export const MAX_PAUSE = 60;

/** Seconds in which all waiting collections are sent, at the stated rate and with a reserve for a busy machine. */
export const CATCH_UP_LIMIT: number = MAX_PAUSE + (2 * (OUTAGE + 2 * INTERVAL)) / CATCH_UP + INTERVAL + 60;

// The start of a process takes two seconds at most, and its samples are read in a fifth of a second.
const expectedSeconds = 120 + 2 * REAL + BEFORE + OUTAGE + CATCH_UP_LIMIT + PROCESSES / 5;
if (expectedSeconds > LIMIT_SECONDS)
  throw new Error(
    `the run could take ${Math.round(expectedSeconds)} s, more than ${LIMIT_SECONDS} s; make TEST_INTERVAL, TEST_OUTAGE or TEST_PROCESSES smaller`,
  );

function setting(name: string, byDefault: number, min: number, max: number): number {
  const value = Number(process.env[name] ?? byDefault);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be an integer from ${min} to ${max}, got ${process.env[name] ?? byDefault}`);
}
