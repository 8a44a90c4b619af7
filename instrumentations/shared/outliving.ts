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
