// The package's diagnostics channels.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { isObject, type Recording } from "../shared/index.ts";

/** What is published of an operation. Anything may be missing. */
export interface Operation {
  readonly operation?: unknown;
  readonly client?: unknown;
  readonly options?: unknown;
  readonly error?: unknown;
  readonly result?: unknown;
  readonly connectionPool?: unknown;
  readonly broker?: unknown;
}

/** Has `act` told of each operation of a channel that has begun, until the instrumentation ends. */
export function onBegin(
  recording: Recording<unknown>,
  channel: string,
  act: (operation: Operation) => void,
): void {
  listen(recording, `tracing:plt:kafka:${channel}:start`, act);
}

/** Has `act` told of each operation of a channel that has succeeded, until the instrumentation ends. */
export function onSuccess(
  recording: Recording<unknown>,
  channel: string,
  act: (operation: Operation) => void,
): void {
  listen(recording, `tracing:plt:kafka:${channel}:asyncStart`, (operation) => {
    if (operation.error === undefined || operation.error === null) act(operation);
  });
}

function listen(recording: Recording<unknown>, name: string, act: (operation: Operation) => void): void {
  const listener = (message: unknown): void => {
    // What is thrown here would end the process.
    try {
      if (isObject(message)) act(message);
    } catch (error) {
      recording.failed(error);
    }
  };
  subscribe(name, listener);
  recording.onEnd(() => void unsubscribe(name, listener));
}
