// The package's diagnostics channels.
import type { Recording } from "../shared/recording.ts";

/** The published message of an operation. Any field may be missing. */
export type Operation = Readonly<
  Partial<
    Record<"operation" | "client" | "options" | "error" | "result" | "connectionPool" | "broker", unknown>
  >
>;

type Act = (operation: Operation) => void;

/** Calls `act` with each operation of a channel that has started, until the instrumentation is disabled. */
export function onBegin(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:start`, act);
}

/** Calls `act` with each operation of a channel that has succeeded, until the instrumentation is disabled. */
export function onSuccess(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:asyncStart`, (operation: Operation) => {
    if (operation.error === undefined || operation.error === null) act(operation);
  });
}
