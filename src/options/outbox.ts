import { bytes, type Checks, inMillis, isObject, number, oneOf, path } from "./check.ts";
import { prefixOf, Section } from "./parser.ts";

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

/** The options, parsed. */
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

export const OUTBOX: Section<OutboxSettings> = new Section("outbox", (parser, given, place) => {
  const { directory, maxAge, ...fields } = parser.fields(place, given, CHECKS);
  if (isObject(given) && given["directory"] === undefined)
    parser.problem(`${prefixOf(place)}directory`, undefined, CHECKS.directory.must);
  return {
    directory: directory ?? "",
    maxBytes: 268_435_456,
    maxAgeMillis: maxAge ?? 86_400_000,
    catchUp: 20,
    fsync: "collection",
    ...fields,
  };
});
