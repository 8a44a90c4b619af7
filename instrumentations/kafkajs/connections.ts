// Connections to brokers, which the package makes again by itself.
import { isObject, LostConnections, type Recording } from "../shared/index.ts";

/** Counts connections that are made again. `connection` is the prototype of all of them. */
export function watchConnections(recording: Recording<unknown>, connection: object): void {
  const connections = new LostConnections(recording, "kafka");
  // Those that the application has ended, even while they were opened: kafkajs takes these for open, and for lost.
  const ended = new WeakSet<object>();
  recording.wrap(connection, "connect", (connect) => {
    return function (...args) {
      if (isObject(this)) ended.delete(this);
      // The caller waits for it, so a failure is handled there.
      return recording.observedAside(Reflect.apply(connect, this, args), {
        fulfilled: () => {
          if (isObject(this) && !ended.has(this)) connections.opened(this);
        },
      });
    };
  });
  // Rejects the requests on a connection that is lost.
  recording.before(connection, "rejectRequests", (lost) => {
    if (isObject(lost)) connections.lost(lost);
  });
  recording.before(connection, "disconnect", (self) => {
    if (!isObject(self)) return;
    ended.add(self);
    connections.closed(self);
  });
}
