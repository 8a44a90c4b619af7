// The durations of commands of the `ioredis` package, from sending until the reply.
import type { Wrap } from "../../src/recording/replace-method.ts";
import { Itself } from "../shared/attached.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import type { DatabaseTarget } from "../shared/database-operations.ts";
import { fieldOf, isObject, isRecord } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { type CommandDurations, isRedirection, redisPlace, redisTarget } from "../redis/command-durations.ts";

/** Commands that the client itself sends while it sets up a connection, in status `connect`. */
export const OF_SETUP: ReadonlySet<string> = new Set(
  "AUTH HELLO SELECT CLIENT INFO READONLY HIMPORT".split(" "),
);

type Fields = Readonly<Record<PropertyKey, unknown>>;
type RecordCommand = (connection: Fields, operation: string, nanos: number, error: unknown) => void;

/**
 * A command that was sent or queued, stored in private fields of the command itself. A separate object for each
 * command would make a pipeline 6 % slower.
 */
class Sent extends Itself {
  readonly #operation: string;
  readonly #startMillis = nowMillis();
  // The connection that sent it last.
  #connection: Fields;
  // A command that was abandoned while queued may still be sent and receive a reply.
  #isSettled = false;

  constructor(command: object, operation: string, connection: Fields) {
    super(command);
    this.#operation = operation;
    this.#connection = connection;
  }

  static add(command: object, operation: string, connection: Fields): void {
    void new Sent(command, operation, connection);
  }

  // Notes that a command is sent over another connection; returns whether it was sent before.
  static again(command: object, connection: Fields): boolean {
    if (!(#connection in command)) return false;
    command.#connection = connection;
    return true;
  }

  // Calls `record` the first time that a sent command settles.
  static settle(command: object, record: RecordCommand, error: unknown): void {
    if (!(#connection in command) || command.#isSettled) return;
    command.#isSettled = true;
    record(command.#connection, command.#operation, nanosSince(command.#startMillis), error);
  }
}

interface KnownTarget {
  readonly database: unknown;
  readonly stream: unknown;
  readonly target: DatabaseTarget;
}

/** Measures each command once, even if it is sent again after a reconnect or to another node of a cluster. */
export class Durations {
  readonly #recording: Recording<unknown>;
  readonly #durations: CommandDurations;
  readonly #targets = new WeakMap<object, KnownTarget>();

  constructor(recording: Recording<unknown>, durations: CommandDurations) {
    this.#recording = recording;
    this.#durations = durations;
  }

  /** Called when a connection sends or queues a command. */
  sending(connection: unknown, command: unknown): void {
    if (!isRecord(connection) || !isRecord(command)) return;
    if (Sent.again(command, connection)) return;
    const { name, args } = command;
    if (typeof name !== "string" || !Array.isArray(args)) return;
    const operation = this.#durations.operationOf(name, args, 0);
    if (operation === undefined) return;
    if (connection["status"] === "connect" && OF_SETUP.has(operation)) return;
    Sent.add(command, operation, connection);
  }

  /**
   * Called when a command has received its reply. After a redirection to another node of a cluster it is sent again.
   */
  settled(command: unknown, error?: unknown): void {
    if (isObject(command) && !isRedirection(error)) Sent.settle(command, this.#record, error);
  }

  readonly #record = (connection: Fields, operation: string, nanos: number, error: unknown): void =>
    this.#durations.record(this.#targetOf(connection), operation, nanos, error);

  /**
   * Wraps the method that creates a command's promise: its `reject` must be observed before a cluster replaces it.
   */
  readonly seeFailures: Wrap = (initPromise) => {
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

  /** Returns the {@link redisPlace} of a connection. That of sentinels is the name of their server. */
  placeOf(connection: Fields): string {
    const target = this.#targetOf(connection);
    const options = fieldOf(connection, "options");
    if (!Array.isArray(fieldOf(options, "sentinels"))) return redisPlace(target);
    return redisPlace({ ...target, address: String(fieldOf(options, "name")), port: 0 });
  }

  // The database changes with `SELECT`, and the server of a sentinel client changes with a reconnect.
  #targetOf(connection: Fields): DatabaseTarget {
    // Not by `fieldOf`: V8 reads a field faster if the code reads no other.
    const { options, condition, stream } = connection;
    const selected = isRecord(condition) ? condition["select"] : undefined;
    const database = selected ?? (isRecord(options) ? options["db"] : undefined);
    const known = this.#targets.get(connection);
    if (known !== undefined && known.database === database && known.stream === stream) return known.target;
    const target = targetOf(options, stream, database);
    this.#targets.set(connection, { database, stream, target });
    return target;
  }
}

function targetOf(options: unknown, stream: unknown, database: unknown): DatabaseTarget {
  const isOfSentinels = Array.isArray(fieldOf(options, "sentinels"));
  const remote = isOfSentinels ? fieldOf(stream, "remoteAddress") : undefined;
  return redisTarget({
    path: fieldOf(options, "path"),
    host: remote ?? fieldOf(options, "host"),
    port: remote === undefined ? fieldOf(options, "port") : fieldOf(stream, "remotePort"),
    database,
  });
}

interface Rejectable {
  reject: (error: unknown) => unknown;
}

function isRejectable(value: unknown): value is Rejectable {
  return isObject(value) && "reject" in value && typeof value.reject === "function";
}
