// Functions of the application that are asked at collection: they may throw, reject and answer anything.
import { types } from "node:util";
import type { DroppedMeasurements } from "../diagnostics/dropped-measurements.ts";

/** The result of `read` for the answer of `ask`; `undefined`, counted and logged, if either throws. */
export function asked<Result>(
  instrument: string,
  dropped: DroppedMeasurements,
  ask: () => unknown,
  read: (answer: unknown) => Result,
): Result | undefined {
  try {
    const answer = ask();
    // An asynchronous function cannot be waited for, and its failure must not end the process.
    if (types.isPromise(answer)) answer.catch(() => {});
    return read(answer);
  } catch (error) {
    dropped.measurement(instrument, "callback_error", error);
    return undefined;
  }
}

/** The number that `ask` answers; `undefined`, counted and logged, for anything else. */
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
