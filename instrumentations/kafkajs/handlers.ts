// The application's `eachMessage` and `eachBatch` handlers, timed.
import type { Destinations } from "../shared/destinations.ts";
import { isObject } from "../shared/fields.ts";
import { timedHandlers } from "../shared/kafka-handlers.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

/**
 * Times the handlers of all consumers, unless OpenTelemetry's instrumentation does (`isTheirs`). `runner` is the prototype
 * of the object that calls them.
 */
export function timeHandlers(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  isTheirs: boolean,
  runner: object,
): void {
  const timed = timedHandlers(recording, destinations, isTheirs);
  // The runner receives the handlers again with each `run`.
  const wrapCaller = (caller: string, name: "eachMessage" | "eachBatch"): void => {
    recording.before(runner, caller, (self) => {
      const replacement = isObject(self) ? timed(name, Reflect.get(self, name)) : undefined;
      if (isObject(self) && replacement !== undefined) Reflect.set(self, name, replacement);
    });
  };
  wrapCaller("processEachMessage", "eachMessage");
  wrapCaller("processEachBatch", "eachBatch");
}
