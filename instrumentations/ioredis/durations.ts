// The durations of commands of the `ioredis` package, from when they are sent until the answer.
import {
  attached,
  type DatabaseTarget,
  fieldOf,
  isObject,
  isRecord,
  type Method,
  nowMillis,
  type Recording,
} from "../hooking/index.ts";
import { type CommandDurations, isRedirection } from "../redis/command-durations.ts";

// What a client sends by itself while it sets a connection up, in status `connect`.
const OF_SETUP: ReadonlySet<string> = new Set("AUTH HELLO SELECT CLIENT INFO READONLY HIMPORT".split(" "));

/** A command that was sent or queued at least once. */
interface Sent {
  readonly operation: string;
  readonly startMillis: number;
  /** The connection that it was sent by the last time. */
  connection: object;
  /** It is recorded: what was given up while it was queued may still be sent, and answered. */
  isSettled: boolean;
}

interface KnownTarget {
  readonly database: unknown;
  readonly stream: unknown;
  readonly target: DatabaseTarget;
}

/**
 * Measures each command once, however often it is sent: again after a reconnect, to another node of a cluster. What a
 * connection sends by itself while it is set up is left out.
 */
export class Durations {
  readonly #recording: Recording<unknown>;
  readonly #durations: CommandDurations;
  readonly #sent = attached<Sent>();
  readonly #targets = new WeakMap<object, KnownTarget>();

  constructor(recording: Recording<unknown>, durations: CommandDurations) {
    this.#recording = recording;
    this.#durations = durations;
  }

  /** A connection sends or queues a command. */
  sending(connection: unknown, command: unknown): void {
    if (!isRecord(connection) || !isRecord(command)) return;
    const sent = this.#sent.get(command);
    if (sent !== undefined) {
      sent.connection = connection;
      return;
    }
    const { name, args } = command;
    if (typeof name !== "string" || !Array.isArray(args)) return;
    const operation = this.#durations.operationOf(name, args, 0);
    if (operation === undefined) return;
    if (connection["status"] === "connect" && OF_SETUP.has(operation)) return;
    this.#sent.set(command, { operation, startMillis: nowMillis(), connection, isSettled: false });
  }

  /** A command has got its answer. After a redirection to another node of a cluster it is sent again. */
  settled(command: unknown, error?: unknown): void {
    const sent = isObject(command) ? this.#sent.get(command) : undefined;
    if (sent === undefined || sent.isSettled || isRedirection(error)) return;
    sent.isSettled = true;
    const millis = nowMillis() - sent.startMillis;
    this.#durations.record(this.#targetOf(sent.connection), sent.operation, millis, error);
  }

  /** Wraps the method that makes a command's promise: its `reject` is seen before a cluster replaces it. */
  readonly seeFailures = (initPromise: Method): Method => {
    const recording = this.#recording;
    const settled = (command: unknown, error: unknown): void => {
      try {
        this.settled(command, error);
      } catch (failure) {
        recording.failed(failure);
      }
    };
    return function (...args) {
      const result: unknown = Reflect.apply(initPromise, this, args);
      if (!isRejectable(this)) return result;
      const { reject } = this;
      this.reject = (error) => {
        settled(this, error ?? "undefined");
        return reject(error);
      };
      return result;
    };
  };

  // The database changes with `SELECT`, and the server of a sentinel's client with a reconnect.
  #targetOf(connection: object): DatabaseTarget {
    const options = fieldOf(connection, "options");
    const database = fieldOf(fieldOf(connection, "condition"), "select") ?? fieldOf(options, "db");
    const stream = fieldOf(connection, "stream");
    const known = this.#targets.get(connection);
    if (known !== undefined && known.database === database && known.stream === stream) return known.target;
    const target = targetOf(options, stream, database);
    this.#targets.set(connection, { database, stream, target });
    return target;
  }
}

function targetOf(options: unknown, stream: unknown, database: unknown): DatabaseTarget {
  const namespace = typeof database === "number" ? String(database) : "0";
  const path = fieldOf(options, "path");
  if (typeof path === "string" && path !== "") return { address: path, port: 0, namespace };
  const isOfSentinels = Array.isArray(fieldOf(options, "sentinels"));
  const remote = isOfSentinels ? fieldOf(stream, "remoteAddress") : undefined;
  const host = remote ?? fieldOf(options, "host");
  const port = remote === undefined ? fieldOf(options, "port") : fieldOf(stream, "remotePort");
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: Number(port) > 0 ? Number(port) : 6379,
    namespace,
  };
}

interface Rejectable {
  reject: (error: unknown) => unknown;
}

function isRejectable(value: unknown): value is Rejectable {
  return isObject(value) && "reject" in value && typeof value.reject === "function";
}
