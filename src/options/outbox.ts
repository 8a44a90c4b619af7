import { bytes, type Check, type Checks, inMillis, isObject, number, oneOf, path } from "./check.ts";
import { Section } from "./parser.ts";

/** Options of the outbox, which keeps collections on disk until they are delivered. */
export interface OutboxOptions {
  /**
   * A folder on a local file system; created if it does not exist. All processes, worker threads and containers of one
   * machine may share it. Each has its own folder in it, and takes over the folders of those that have ended. Machines
   * must not share one.
   */
  readonly directory: string;
  /**
   * Maximum bytes that one process keeps there; beyond it the oldest records are dropped and counted.
   *
   * @defaultValue 268435456
   */
  readonly maxBytes?: number | undefined;
  /**
   * Maximum age of a record in seconds; older ones are dropped and counted. The end of an outage is noticed within a
   * minute: to lose nothing, set this a minute longer than the longest outage.
   *
   * @defaultValue 86400
   */
  readonly maxAge?: number | undefined;
  /**
   * Delivery rate of waiting records after an outage, as a multiple of the rate at which records are produced.
   *
   * @defaultValue 20
   */
  readonly catchUp?: number | undefined;
  /**
   * With `"collection"`, a collection is acknowledged once it would survive a loss of power. With `"never"`, once it
   * would survive the end of the process.
   *
   * @defaultValue "collection"
   */
  readonly fsync?: "collection" | "never" | undefined;
}

/** Parsed {@link OutboxOptions}, with defaults. */
export interface OutboxSettings {
  readonly directory: string;
  readonly maxBytes: number;
  readonly maxAgeMillis: number;
  readonly catchUp: number;
  readonly fsync: "collection" | "never";
}

const CHECKS: Checks<OutboxOptions> = {
  directory: path("a folder"),
  maxBytes: bytes(65_536),
  maxAge: inMillis(number("be a number of seconds above 0", 0, true)),
  catchUp: number("be a number of 1 or more", 1),
  fsync: oneOf("collection", "never"),
};

/** Check of an option with the options of an outbox, which {@link OUTBOX} parses. */
export const OUTBOX_OPTION: Check<object> = {
  must: "be an object with a directory",
  read: (value) => (isObject(value) ? value : undefined),
};

export const OUTBOX: Section<OutboxSettings> = new Section("outbox", (parser, given, place) => {
  const { directory, maxAge, ...fields } = parser.fields(place, given, CHECKS);
  parser.require(place, given, CHECKS, ["directory"]);
  return {
    directory: directory ?? "",
    maxBytes: 268_435_456,
    maxAgeMillis: maxAge ?? 86_400_000,
    catchUp: 20,
    fsync: "collection",
    ...fields,
  };
});
