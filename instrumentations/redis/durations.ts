// The durations of commands of the `redis` package, from the call until the answer.
import {
  type DatabaseTarget,
  fieldOf,
  isObject,
  nowMillis,
  type Recording,
  type Wrap,
} from "../shared/index.ts";
import type { QueuedCommand } from "./answers.ts";
import { type CommandDurations, redisTarget } from "./command-durations.ts";

/** Measures what is queued while one of a client's methods runs. What a connection sends by itself passes none of them. */
export class Durations {
  readonly #recording: Recording<unknown>;
  readonly #durations: CommandDurations;
  readonly #targets = new WeakMap<object, DatabaseTarget>();
  #client: object | undefined;

  constructor(recording: Recording<unknown>, durations: CommandDurations) {
    this.#recording = recording;
    this.#durations = durations;
  }

  /** Wraps a method that queues commands before it returns. */
  readonly queuing: Wrap = (method) => {
    const enter = (client: object | undefined): object | undefined => {
      const before = this.#client;
      this.#client = client;
      return before;
    };
    return function (...args) {
      // A client with options of its own for some commands is made from another one.
      const self = fieldOf(this, "_self");
      const before = enter(isObject(self) ? self : undefined);
      try {
        return Reflect.apply(method, this, args);
      } finally {
        enter(before);
      }
    };
  };

  /** A client has queued a command. */
  queued(command: QueuedCommand): void {
    const client = this.#client;
    if (client === undefined) return;
    const { args, resolve, reject } = command;
    const operation = this.#durations.operationOf(String(args[0]), args, 1);
    if (operation === undefined) return;
    const selected = operation === "SELECT" ? Number(args[1]) : undefined;
    const startMillis = nowMillis();
    const settled = (error?: unknown): void => {
      try {
        this.#durations.record(this.#targetOf(client), operation, nowMillis() - startMillis, error);
        if (selected !== undefined && error === undefined) this.#select(client, selected);
      } catch (failure) {
        this.#recording.failed(failure);
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
  }

  #targetOf(client: object): DatabaseTarget {
    const target = this.#targets.get(client) ?? targetOf(client);
    this.#targets.set(client, target);
    return target;
  }

  // In a transaction it holds a little later, which is ignored.
  #select(client: object, database: number): void {
    this.#targets.set(client, { ...this.#targetOf(client), namespace: String(database) });
  }
}

function targetOf(client: object): DatabaseTarget {
  const options = fieldOf(client, "options");
  const socket = fieldOf(options, "socket");
  return redisTarget({
    path: fieldOf(socket, "path"),
    host: fieldOf(socket, "host"),
    port: fieldOf(socket, "port"),
    database: fieldOf(options, "database"),
  });
}
