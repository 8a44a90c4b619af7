// A function in another one's place that times it.
import { types } from "node:util";
import type { CallRecorder } from "./call-recorder.ts";
import { whenSettled } from "../../recording/timed-call.ts";
import { timeGenerator } from "./timed-generator.ts";
import type { TrackedBlock } from "./tracked-block.ts";

/**
 * A function that does what `original` does, with the same `this`, name, length and other properties, and has each call
 * recorded: for a promise when it is settled, for a generator when it has ended.
 */
export function timedFunction(original: CallableFunction, calls: CallRecorder): CallableFunction {
  // Rest arguments and no closure a call: `timer` stands in hot paths.
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

/** Runs `block` and has it recorded like a call of a timed function. */
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

// Its prototype too, by which libraries tell asynchronous functions and generators from others.
function disguised(timed: CallableFunction, original: CallableFunction): CallableFunction {
  try {
    Object.setPrototypeOf(timed, Object.getPrototypeOf(original));
    return Object.defineProperties(timed, Object.getOwnPropertyDescriptors(original));
  } catch {
    // A proxy may throw at any look, but not at a call.
    return timed;
  }
}
