// Connections in the place of lost ones: the package makes each of them anew, or the application does.
import { isObject, LostConnections, type Recording } from "../shared/index.ts";

/** Counts connections that are made again. `connection` is the prototype of all of them. */
export function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "rabbitmq");
  recording.wrap(connection, "open", (open) => {
    return function (fields, callback, ...rest) {
      if (typeof callback !== "function") return Reflect.apply(open, this, [fields, callback, ...rest]);
      const opened = (): void => {
        if (isObject(this)) connections.opened(this);
      };
      const after = function (this: unknown, ...answer: readonly unknown[]): unknown {
        if (answer[0] === null) opened();
        return Reflect.apply(callback, this, answer);
      };
      return Reflect.apply(open, this, [fields, after, ...rest]);
    };
  });
  recording.before(connection, "toClosed", (self, [, error]) => {
    // Without an error it was the application that closed it.
    if (isObject(self) && error !== undefined) connections.lost(self);
  });
}
