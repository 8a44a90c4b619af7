import { types } from "node:util";
import { readField } from "../../events/labels.ts";
import type { CallRecorder, TrackedBlock } from "./call-recorder.ts";
import { type CallEnded, type CallFailure, whenSettled } from "../../recording/timed-call.ts";

/**
 * Returns a function like `original`, with its name, length and other properties, that records its calls. A call that
 * returns a promise is recorded when it settles, one that returns a generator when it ends.
 */
export function timedFunction(original: CallableFunction, calls: CallRecorder): CallableFunction {
  // Rest arguments, and no closure for each call, since timers are used in hot paths.
  function timed(this: unknown, ...args: readonly unknown[]): unknown {
    const startedMillis = calls.begin();
    let result: unknown;
    try {
      result = Reflect.apply(original, this, args);
    } catch (error) {
      calls.end(startedMillis, { error });
      throw error;
    }
    if (typeof result === "object" || typeof result === "function") {
      return whenEnded(result, calls, startedMillis);
    }
    calls.end(startedMillis);
    return result;
  }
  return disguised(timed, original);
}

/** A block of code that is timed until it is disposed of, which `using` does at its end. */
export interface TrackedScope extends TrackedBlock, Disposable {
  /** Marks the block as failed. The type of the first `error` becomes `error.type`. */
  fail(error: unknown): void;
}

/** Starts timing a block. */
export function trackedScope(calls: CallRecorder): TrackedScope {
  const startedMillis = calls.begin();
  let failure: CallFailure | undefined;
  let isEnded = false;
  const scope: TrackedScope = {
    metadata: {},
    fail(error) {
      failure ??= { error };
    },
    [Symbol.dispose]() {
      if (isEnded) return;
      isEnded = true;
      calls.end(startedMillis, failure, scope);
    },
  };
  return scope;
}

/** Runs a block and records it like a call of a timed function. */
export function timedBlock<T>(run: () => T, calls: CallRecorder, block: TrackedBlock): T;
export function timedBlock(run: () => unknown, calls: CallRecorder, block: TrackedBlock): unknown {
  const startedMillis = calls.begin();
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    calls.end(startedMillis, { error }, block);
    throw error;
  }
  return whenEnded(result, calls, startedMillis, block);
}

function whenEnded(
  result: unknown,
  calls: CallRecorder,
  startedMillis: number,
  block?: TrackedBlock,
): unknown {
  if (types.isGeneratorObject(result)) {
    timeGenerator(result, (seconds, failure) => calls.record(seconds, failure, block));
    return result;
  }
  return whenSettled(result, (failure) => calls.end(startedMillis, failure, block));
}

// Its prototype too, by which libraries recognize asynchronous functions and generators.
function disguised(timed: CallableFunction, original: CallableFunction): CallableFunction {
  try {
    Object.setPrototypeOf(timed, Object.getPrototypeOf(original));
    return Object.defineProperties(timed, Object.getOwnPropertyDescriptors(original));
  } catch {
    // A proxy may throw.
    return timed;
  }
}

const STEPS = ["next", "return", "throw"] as const;

/**
 * Times a generator while it runs, not while its consumer does. Calls `ended` once at its end with the total time of
 * its steps; a step of an asynchronous generator lasts until its promise settles. `ended` is not called if the
 * generator is abandoned. The generator stays the same object.
 */
function timeGenerator(generator: object, ended: CallEnded): void {
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
