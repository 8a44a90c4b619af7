import { withTimeout } from "../../../io/timeout.ts";

const TIMEOUT_MILLIS = 30_000;

/** Calls a function of the application. Rejects if it throws, rejects or does not settle within 30 s. */
export function settled<Result>(call: () => Result | PromiseLike<Result>): Promise<Result> {
  // An async function, since the application's may throw synchronously.
  const calling = (async () => call())();
  return withTimeout(calling, TIMEOUT_MILLIS, () => {
    throw new Error(`it has not settled within ${TIMEOUT_MILLIS / 1_000} s`);
  });
}
