// Options of the durable outbox.
import { bytes, type Checks, isObject, number, oneOf, path } from "./check.ts";
import { parsed, type Parser, prefixOf } from "./parser.ts";

/** Where what was collected waits on disk until it is delivered, and how much of it. */
export interface OutboxOptions {
  /**
   * The folder, of a file system of this machine; made where it does not exist. Any number of processes, worker threads
   * and containers of one machine share it: each keeps a folder of its own beneath it and takes over those whose owner
   * is gone. Machines do not share one.
   */
  readonly directory: string;
  /**
   * Bytes that one process may keep there; beyond them the oldest are dropped and counted.
   *
   * @defaultValue 268435456
   */
  readonly maxBytes?: number | undefined;
  /**
   * How old a record may become, in seconds, before it is dropped and counted. The end of an outage is noticed within a
   * minute: one of which nothing may be lost must be shorter by that than this.
   *
   * @defaultValue 86400
   */
  readonly maxAge?: number | undefined;
  /**
   * How many times faster than records are produced those that wait are delivered once the receiver is back.
   *
   * @defaultValue 20
   */
  readonly catchUp?: number | undefined;
  /**
   * Whether a collection is acknowledged only once it would survive a loss of power, or already when it would survive
   * the end of the process.
   *
   * @defaultValue "collection"
   */
  readonly fsync?: "collection" | "never" | undefined;
}

/** The options with their defaults. */
export type OutboxSettings = Required<{
  readonly [Name in keyof OutboxOptions]: NonNullable<OutboxOptions[Name]>;
}>;

const CHECKS: Checks<OutboxOptions> = {
  directory: path("a folder"),
  maxBytes: bytes(65_536),
  maxAge: number("be a number of seconds above 0", 0, true),
  catchUp: number("be a number of 1 or more", 1),
  fsync: oneOf("collection", "never"),
};

/** Parses the options of an outbox; `place` is the option or variable that they were given by. */
export function parseOutbox(parser: Parser, given: unknown, place = "options"): OutboxSettings {
  const { directory, ...fields } = parser.fields(place, given, CHECKS);
  if (isObject(given) && given["directory"] === undefined)
    parser.problem(`${prefixOf(place)}directory`, undefined, CHECKS.directory.must);
  return {
    directory: directory ?? "",
    maxBytes: 268_435_456,
    maxAge: 86_400,
    catchUp: 20,
    fsync: "collection",
    ...fields,
  };
}

/** @throws OptionsError with everything that is wrong. */
export function outboxSettings(options: unknown): OutboxSettings {
  return parsed("outbox", (parser) => parseOutbox(parser, options));
}
