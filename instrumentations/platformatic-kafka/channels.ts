// The package's diagnostics channels.
import { recordPublished } from "../shared/published-calls.ts";
import type { Recording } from "../shared/recording.ts";

/** The published message of an operation. Any field may be missing. */
export type Operation = Readonly<
  Partial<
    Record<"operation" | "client" | "options" | "error" | "result" | "connectionPool" | "broker", unknown>
  >
>;

const PREFIX = "tracing:plt:kafka:";

/** Calls `act` with each operation of a channel that has succeeded, until the instrumentation is disabled. */
export function onSuccess(
  recording: Recording<unknown>,
  channel: string,
  act: (operation: Operation) => void,
): void {
  recording.subscribe(`${PREFIX}${channel}:asyncStart`, (operation: Operation) => {
    if (operation.error === undefined || operation.error === null) act(operation);
  });
}

/** Calls `act` with each operation of a channel that has ended, and its duration, until the instrumentation is disabled. */
export function onEnd(
  recording: Recording<unknown>,
  channel: string,
  act: (operation: Operation, nanos: number, error: unknown) => void,
): void {
  recordPublished(recording, {
    [`plt:kafka:${channel}`]: {
      begin: () => true,
      end: (_, nanos, operation, error) => act(operation, nanos, error ?? undefined),
    },
  });
}
