import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter } from "../shared/instruments.ts";
import { coordinationOf } from "../shared/locks.ts";
import { isCallback, measuredCallback } from "../shared/observed.ts";
import type { NodesConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

// Types of requests in ZooKeeper's protocol. Those that the client sends itself are missing.
const TYPES: ReadonlyMap<unknown, string> = new Map([
  [1, "create"],
  [2, "delete"],
  [3, "exists"],
  [4, "get_data"],
  [5, "set_data"],
  [6, "get_acl"],
  [7, "set_acl"],
  [8, "get_children"],
  [9, "sync"],
  [12, "get_children"],
  [13, "check"],
  [14, "multi"],
]);
const SESSION_EXPIRED_STATE = -3;
// Codes of errors in responses are below this one; the client itself creates these two.
const API_ERROR = -100;
const SESSION_EXPIRED = -112;
const AUTH_FAILED = -115;

/** Records the requests of the `node-zookeeper-client` package, and sessions that have expired. */
export function begin(recording: Recording<NodesConfig>): Attach {
  const coordination = coordinationOf(recording);
  const lost = counter(recording.meter, "coordination.leases.lost");
  return (exports) => {
    const prototype = prototypeOf(exports);
    // Every request passes this method, at each of its attempts.
    recording.wrap(prototype, "queue", (queue) => {
      return function (...args) {
        const [request, callback] = args;
        const type = TYPES.get(fieldOf(fieldOf(request, "header"), "type"));
        if (type === undefined || !isCallback(callback)) return Reflect.apply(queue, this, args);
        const startMillis = performance.now();
        const measured = measuredCallback(callback, (error) => {
          if (!isResponse(error)) return;
          const latency = (performance.now() - startMillis) / 1_000;
          recording.safely(() => coordination.message(type, { latency }));
        });
        return Reflect.apply(queue, this, [request, measured]);
      };
    });
    recording.before(prototype, "setState", (self, state) => {
      if (state === SESSION_EXPIRED_STATE && isObject(self) && fieldOf(self, "state") !== state) lost.add(1);
    });
  };
}

// Whether the server has responded, be it with an error such as NO_NODE.
function isResponse(error: unknown): boolean {
  if (error === undefined) return true;
  const code = fieldOf(error, "code");
  return typeof code === "number" && code < API_ERROR && code !== SESSION_EXPIRED && code !== AUTH_FAILED;
}
