import { types } from "node:util";
import { readField } from "../../events/labels.ts";
import type { CallEnded, CallFailure } from "../../recording/timed-call.ts";

const STEPS = ["next", "return", "throw"] as const;

/**
 * Times a generator while it runs, not while its consumer does: calls `ended` once at its end with the sum of its
 * steps, for an asynchronous one until each settles. Not called if the generator is abandoned. The generator stays the
 * same object.
 */
export function timeGenerator(generator: object, ended: CallEnded): void {
  let isEnded = false;
  let ranMillis = 0;
  // Steps of an asynchronous generator may overlap.
  let running = 0;
  let resumedMillis = 0;

  function resume(): void {
    if (running++ === 0) resumedMillis = performance.now();
  }
  function suspend(): void {
    const nowMillis = performance.now();
    ranMillis += nowMillis - resumedMillis;
    resumedMillis = nowMillis;
    running--;
  }
  function end(failure?: CallFailure): void {
    if (isEnded) return;
    isEnded = true;
    ended(ranMillis / 1000, failure);
  }
  function succeeded<Outcome>(outcome: Outcome): Outcome {
    suspend();
    if (readField(outcome, "done") === true) end();
    return outcome;
  }
  function failed(error: unknown): never {
    suspend();
    end({ error });
    throw error;
  }

  for (const name of STEPS) {
    const step: unknown = Reflect.get(generator, name);
    if (typeof step !== "function") continue;
    Reflect.defineProperty(generator, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: readonly unknown[]): unknown {
        resume();
        let outcome: unknown;
        try {
          outcome = Reflect.apply(step, this, args);
        } catch (error) {
          return failed(error);
        }
        return types.isPromise(outcome) ? outcome.then(succeeded, failed) : succeeded(outcome);
      },
    });
  }
}
