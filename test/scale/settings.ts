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
/**
 * Option `outbox.catchUp` of each process. At its default of 20, a thousand processes send 21 times their usual traffic,
 * which is more than a backend on two cores takes.
 */
export const CATCH_UP: number = setting("TEST_CATCH_UP", 5, 1, 100);
/**
 * Option `timeout` of each process. A backend that registers two million series responds late, and a request that is
 * given up for it is stored twice.
 */
export const TIMEOUT = 30;
/** Real processes that are killed during the outage. */
export const KILLED: number = Math.ceil(REAL / 5);

/** Seconds in which the backend has registered all series, at most. */
export const START_LIMIT: number = 2 * INTERVAL + 60;
/** Seconds of undisturbed traffic before the outage. */
export const STEADY: number = 2 * INTERVAL;

/** Longest pause between two attempts, in seconds. */
export const MAX_PAUSE = 60;

/**
 * Seconds in which all waiting collections are sent. The last process returns after the longest pause, and then sends at
 * two thirds of the stated rate at least.
 */
export const CATCH_UP_LIMIT: number =
  MAX_PAUSE + (1.5 * (OUTAGE + MAX_PAUSE + 2 * INTERVAL)) / CATCH_UP + INTERVAL + 30;

// The start of a process takes two seconds at most, and its samples are read in a fifth of a second.
const expectedSeconds = 120 + 2 * REAL + START_LIMIT + STEADY + OUTAGE + CATCH_UP_LIMIT + PROCESSES / 5;
if (expectedSeconds > LIMIT_SECONDS)
  throw new Error(
    `the run could take ${Math.round(expectedSeconds)} s, more than ${LIMIT_SECONDS} s; make TEST_INTERVAL, TEST_OUTAGE or TEST_PROCESSES smaller`,
  );

function setting(name: string, byDefault: number, min: number, max: number): number {
  const value = Number(process.env[name] ?? byDefault);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${name} must be an integer from ${min} to ${max}, got ${process.env[name] ?? byDefault}`);
}
