import { nanosSince, nowMillis } from "../shared/clock.ts";
import { DatabaseOperations, OTHER_OPERATION, targetFrom, targetsBy } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";

const PORT = 11_211;
// By their code, the second byte of a request.
const OPERATIONS: Readonly<Record<number, string>> = {
  0: "get",
  1: "set",
  2: "add",
  3: "replace",
  4: "delete",
  5: "increment",
  6: "decrement",
  14: "append",
  15: "prepend",
  28: "touch",
};
// Statuses of responses about a key: found, unknown, existing, not stored.
const ANSWERS: ReadonlySet<unknown> = new Set([0, 1, 2, 5]);

/** Records the durations of operations of the `memjs` package. All operations on a key call `perform`. */
export function begin(recording: Recording<unknown>): Attach {
  return (exports) => {
    const operations = new DatabaseOperations(recording.meter, "memcached", (error) =>
      typeof error === "number" ? String(error) : undefined,
    );
    const targetOf = targetsBy((server) =>
      targetFrom(fieldOf(server, "host"), fieldOf(server, "port"), undefined, PORT),
    );
    recording.wrap(prototypeOf(exports, "Client"), "perform", (perform) => {
      return function (...args) {
        const [key, request, , callback, retries] = args;
        // It calls itself with the number of retries that are left.
        if (!isCallback(callback) || retries !== undefined) return Reflect.apply(perform, this, args);
        const startMillis = nowMillis();
        const code = fieldOf(request, 1);
        const operation = (typeof code === "number" ? OPERATIONS[code] : undefined) ?? OTHER_OPERATION;
        const server = recording.safely(() => (hasMethods(this, "server") ? this.server(key) : undefined));
        const seen = seenCallback(callback, (error, response) =>
          recording.safely(() => {
            const status = fieldOf(fieldOf(response, "header"), "status");
            const failure = error ?? (ANSWERS.has(status) ? undefined : status);
            operations.record(targetOf(server), operation, nanosSince(startMillis), failure);
          }),
        );
        return Reflect.apply(perform, this, args.with(3, seen));
      };
    });
  };
}
