// Durations of commands of the `redis` package, from the call until the reply.
import type { Wrap } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import type { DatabaseTarget } from "../shared/database-operations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import type { QueuedCommand } from "./answers.ts";
import { CommandDurations, redisPlace, redisTarget } from "./command-durations.ts";

/**
 * Measures commands queued while one of a client's methods runs. A connection's own commands do not pass these
 * methods.
 */
export interface Durations {
  /** Wraps a method that queues commands before it returns. */
  readonly queuing: Wrap;
  /** Called when a client has queued a command. */
  queued(command: QueuedCommand): void;
  /** Returns the {@link redisPlace} of the client whose method runs. */
  place(): string;
}

export function durationsOf(recording: Recording<unknown>): Durations {
  const durations = new CommandDurations(recording);
  const targets = new WeakMap<object, DatabaseTarget>();
  let current: object | undefined;
  const targetOf = (client: object): DatabaseTarget => {
    const target = targets.get(client) ?? targetOfClient(client);
    targets.set(client, target);
    return target;
  };
  return {
    place: () => (current === undefined ? "" : redisPlace(targetOf(current))),
    queuing: (method) =>
      function (...args) {
        const before = current;
        // A client with its own options for some commands is derived from another client, except in version 1.
        const self = fieldOf(this, "_self") ?? this;
        current = isObject(self) ? self : undefined;
        try {
          return Reflect.apply(method, this, args);
        } finally {
          current = before;
        }
      },
    queued(command) {
      const client = current;
      if (client === undefined) return;
      const { args, resolve, reject } = command;
      const operation = durations.operationOf(String(args[0]), args, 1);
      if (operation === undefined) return;
      const selected = operation === "SELECT" ? Number(args[1]) : undefined;
      const startMillis = nowMillis();
      const settled = (error?: unknown): void => {
        try {
          const target = targetOf(client);
          durations.record(target, operation, nanosSince(startMillis), error);
          if (selected === undefined || error !== undefined) return;
          // In a transaction the change takes effect slightly later, which is ignored.
          targets.set(client, { ...target, namespace: String(selected) });
        } catch (failure) {
          recording.failed(failure);
        }
      };
      command.resolve = (reply) => {
        settled();
        resolve(reply);
      };
      command.reject = (error) => {
        settled(error ?? "undefined");
        reject(error);
      };
    },
  };
}

/** Returns the target in the options of a client. */
export function targetOfClient(client: unknown): DatabaseTarget {
  const options = fieldOf(client, "options");
  const socket = fieldOf(options, "socket");
  const [path, host, port] = [fieldOf(socket, "path"), fieldOf(socket, "host"), fieldOf(socket, "port")];
  return redisTarget({ path, host, port, database: fieldOf(options, "database") });
}
