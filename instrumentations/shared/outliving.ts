// State of the application's living objects, which exist before and after a recording.
import type { Recording } from "./recording.ts";

/**
 * Returns a function that returns the state for a recording: that of the latest ended recording of the same
 * instrumentation, else a new one. Instrumentations that record at the same time have states of their own.
 */
export function outliving<State>(create: () => State): (recording: Recording<unknown>) => State {
  const left = new Map<string, { readonly state: State }>();
  return (recording) => {
    const kept = left.get(recording.name) ?? { state: create() };
    left.delete(recording.name);
    recording.onEnd(() => left.set(recording.name, kept));
    return kept.state;
  };
}

/**
 * Returns a function that returns the values of the application's objects for a recording, with those of the latest ended one
 * whose objects still exist. The objects are referenced weakly while nothing is recorded, and a value must not refer to
 * its object. The values are no longer there once `onEnd` callbacks that were added later run.
 *
 * @param lost called with the value of an object that was freed meanwhile.
 */
export function outlivingValues<Key extends object, Value>(
  lost: (value: Value) => void = () => {},
): (recording: Recording<unknown>) => Map<Key, Value> {
  const stateOf = outliving((): { left: readonly (readonly [WeakRef<Key>, Value])[] } => ({ left: [] }));
  return (recording) => {
    const state = stateOf(recording);
    const values = new Map<Key, Value>();
    for (const [reference, value] of state.left) {
      const key = reference.deref();
      if (key === undefined) lost(value);
      else values.set(key, value);
    }
    state.left = [];
    recording.onEnd(() => {
      state.left = Array.from(values, ([key, value]) => [new WeakRef(key), value]);
      values.clear();
    });
    return values;
  };
}
