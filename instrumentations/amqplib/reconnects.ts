// Connections that come in the place of lost ones: the package makes each of them anew, or the application does.
import { LostConnections, type Method, type Recording } from "../shared/index.ts";

/** Counts connections that are made again. `connection` is the prototype of all of them. */
export function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "rabbitmq");
  recording.wrap(connection, "open", (open) => {
    return function (fields, callback, ...rest) {
      const opened = (): void => {
        if (typeof this === "object" && this !== null) connections.opened(this);
      };
      return Reflect.apply(open, this, [fields, afterOpening(callback, opened), ...rest]);
    };
  });
  recording.wrap(connection, "toClosed", (toClosed) => {
    return function (...args) {
      // Without an error it was the application that closed it.
      if (typeof this === "object" && this !== null && args[1] !== undefined) connections.lost(this);
      return Reflect.apply(toClosed, this, args);
    };
  });
}

function afterOpening(callback: unknown, opened: () => void): unknown {
  if (typeof callback !== "function") return callback;
  const after: Method = function (...args) {
    if (args[0] === null) opened();
    return Reflect.apply(callback, this, args);
  };
  return after;
}
