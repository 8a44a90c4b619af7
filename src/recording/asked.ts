// Callbacks of the application that are called at collection. They may throw, reject and return anything.
import { types } from "node:util";
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";

/**
 * Passes the result of `ask` to `read` and returns its result. If either throws, this is counted and logged, and the
 * result is `undefined`.
 */
export function asked<Result>(
  instrument: string,
  dropped: DroppedMeasurements,
  ask: () => unknown,
  read: (answer: unknown) => Result,
): Result | undefined {
  try {
    const answer = ask();
    // A promise cannot be awaited here, and its rejection must not end the process.
    if (types.isPromise(answer)) answer.catch(() => {});
    return read(answer);
  } catch (error) {
    dropped.measurement(instrument, "callback_error", error);
    return undefined;
  }
}

/** Returns the number that `ask` returns. Anything else is counted and logged, and the result is `undefined`. */
export function askedNumber(
  instrument: string,
  dropped: DroppedMeasurements,
  ask: () => unknown,
): number | undefined {
  return asked(instrument, dropped, ask, (answer) => {
    if (typeof answer === "number") return answer;
    dropped.measurement(instrument, "not_a_number", answer);
    return undefined;
  });
}
