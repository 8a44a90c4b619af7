// The package's diagnostics channels.
import type { Recording } from "../shared/recording.ts";

/** What is published of an operation. Anything may be missing. */
export type Operation = Readonly<
  Partial<
    Record<"operation" | "client" | "options" | "error" | "result" | "connectionPool" | "broker", unknown>
  >
>;

type Act = (operation: Operation) => void;

/** Calls `act` with each operation of a channel that has begun, until the instrumentation ends. */
export function onBegin(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:start`, act);
}

/** Calls `act` with each operation of a channel that has succeeded, until the instrumentation ends. */
export function onSuccess(recording: Recording<unknown>, channel: string, act: Act): void {
  recording.subscribe(`tracing:plt:kafka:${channel}:asyncStart`, (operation: Operation) => {
    if (operation.error === undefined || operation.error === null) act(operation);
  });
}
