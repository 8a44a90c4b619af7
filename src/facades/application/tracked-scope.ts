// A block that is timed until it is disposed of.
import type { CallRecorder } from "./call-recorder.ts";
import type { CallFailure } from "../../recording/timed-call.ts";
import type { TrackedBlock } from "./tracked-block.ts";

/** A block that is timed until it is disposed of, which `using` does at its end. */
export interface TrackedScope extends TrackedBlock, Disposable {
  /** Says that the block failed, since nobody else can tell: `error`'s type becomes `error.type`. The first one counts. */
  fail(error: unknown): void;
}

/** Begins a block now. */
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
