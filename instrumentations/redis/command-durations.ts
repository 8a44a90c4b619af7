// Durations of Redis commands, for all clients.
import { DatabaseOperations, type DatabaseTarget, OTHER_OPERATION } from "../shared/database-operations.ts";
import { fieldOf, portFrom } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { REDIS } from "./messages.ts";

// These commands wait for an event, or have more than one reply.
const UNMEASURED: ReadonlySet<string> = new Set(
  (
    "BLPOP BRPOP BLMOVE BLMOVEM BLMPOP BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF MONITOR SYNC PSYNC " +
    "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE"
  ).split(" "),
);
const BLOCKING_BY_OPTION: ReadonlySet<string> = new Set(["XREAD", "XREADGROUP"]);

const MAX_NAMES = 500;
const NAME = /^[A-Z][A-Z0-9._-]{0,31}$/;

/** Records `db.client.operation.duration` of commands that have received a reply. */
export class CommandDurations {
  readonly #operations: DatabaseOperations;
  readonly #names = new Map<string, string>();

  constructor({ meter }: Recording<unknown>) {
    this.#operations = new DatabaseOperations(meter, REDIS, statusOf);
  }

  /**
   * Returns the operation of a command, whose arguments begin at `first`; `undefined` for one that is not measured.
   */
  operationOf(name: string, args: readonly unknown[], first: number): string | undefined {
    const operation = this.#names.get(name) ?? this.#learn(name);
    if (UNMEASURED.has(operation)) return undefined;
    return BLOCKING_BY_OPTION.has(operation) && blocks(args, first) ? undefined : operation;
  }

  /** Records a reply, unless it is a redirection to another node of a cluster. */
  record(target: DatabaseTarget, operation: string, nanos: number, error?: unknown): void {
    if (error === undefined) {
      this.#operations.record(target, operation, nanos);
      return;
    }
    if (isRedirection(error)) return;
    const isUnknown = isUnknownCommand(error);
    if (isUnknown) this.#forget(operation);
    this.#operations.record(target, isUnknown ? OTHER_OPERATION : operation, nanos, error);
  }

  #learn(name: string): string {
    const upperCase = name.toUpperCase();
    if (UNMEASURED.has(upperCase) || BLOCKING_BY_OPTION.has(upperCase)) return upperCase;
    if (!NAME.test(upperCase) || this.#names.size >= MAX_NAMES) return OTHER_OPERATION;
    this.#names.set(name, upperCase);
    return upperCase;
  }

  // Removes both spellings used by the clients.
  #forget(operation: string): void {
    this.#names.delete(operation);
    this.#names.delete(operation.toLowerCase());
  }
}

/** Returns the target of a client, from its options or from its connection. */
export function redisTarget(
  given: Readonly<Record<"path" | "host" | "port" | "database", unknown>>,
): DatabaseTarget {
  const { path, host, port } = given;
  const namespace = Number(given.database) > 0 ? String(Number(given.database)) : "0";
  if (typeof path === "string" && path !== "") return { address: path, port: 0, namespace };
  return {
    address: typeof host === "string" && host !== "" ? host : "localhost",
    port: portFrom(port, 6379),
    namespace,
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "::1"]);

/** Returns a prefix for the keys of a database. Connections may name their own host differently. */
export function redisPlace({ address, port, namespace }: DatabaseTarget): string {
  return `${LOOPBACK.has(address) ? "" : address}:${port}/${namespace}\n`;
}

/** Returns whether an error redirects the client to another node of a cluster. */
export function isRedirection(error: unknown): boolean {
  const status = statusOf(error);
  return status === "MOVED" || status === "ASK";
}

/** Returns whether a read of streams waits for entries. */
function blocks(args: readonly unknown[], first: number): boolean {
  for (let i = first; i < args.length; i++) {
    const word = String(args[i]).toUpperCase();
    // The names of the group and of its consumer may be any words.
    if (word === "GROUP") i += 2;
    if (word === "BLOCK") return true;
    if (word === "STREAMS") return false;
  }
  return false;
}

// The name of an unknown command may be anything.
function isUnknownCommand(error: unknown): boolean {
  return String(fieldOf(error, "message")).startsWith("ERR unknown command");
}

const OF_SERVER =
  "ERR WRONGTYPE NOAUTH NOPERM WRONGPASS NOSCRIPT BUSY BUSYGROUP BUSYKEY NOTBUSY UNKILLABLE NOGROUP LOADING READONLY " +
  "OOM EXECABORT MISCONF NOREPLICAS NOPROTO UNBLOCKED IOERR STALE DENIED SYNTAX";
const OF_CLUSTERS = "MOVED ASK CLUSTERDOWN CROSSSLOT TRYAGAIN MASTERDOWN NOMASTERLINK REDIRECT";
const OF_SENTINELS = "INPROG INVALIDOBJ NOGOODSLAVE NOQUORUM IDONTKNOW";
// Each follows the prefix `SEARCH_`.
const OF_SEARCHES = (
  "GENERIC SYNTAX QUERY_STRING_BAD QUERY_BAD KEYWORD EXPR NO_RESULTS BUILD_PLAN PARSE_ARGS ADD_ARGS ARG_UNRECOGNIZED " +
  "OPTION_INVALID OPTION_BAD ORDER_OPTION_BAD ATTR_BAD VALUE_BAD VALUE_NOT_FOUND NUMERIC_VALUE_INVALID PARAM_NOT_FOUND " +
  "PARAM_DUP PROP_NOT_FOUND FIELD_DUP FIELD_MISSING_REQ INDEX_NOT_FOUND INDEX_EXISTS INDEX_MISMATCH INDEX_DROPPED_BG " +
  "INDEX_BG_OOM_FAIL ALIAS_CONFLICT DOC_NOT_FOUND DOCUMENT_EXISTS DOCUMENT_NOT_ADDED REDIS_KEY_TYPE_BAD PATH_BAD " +
  "TYPE_UNSUP GEO_FORMAT_BAD LIMIT_OVER TIMEOUT OOM DIST_FAILED SLOTS_UNAVAIL CLUSTER_NO_RESPONSES"
).split(" ");

const CODES: ReadonlySet<string> = new Set([
  ...`${OF_SERVER} ${OF_CLUSTERS} ${OF_SENTINELS}`.split(" "),
  ...OF_SEARCHES.map((code) => `SEARCH_${code}`),
]);

// Returns the code at the start of a server error: `WRONGTYPE`. Only known codes, since scripts may return any other
// word.
function statusOf(error: unknown): string | undefined {
  const message = fieldOf(error, "message");
  if (typeof message !== "string") return undefined;
  const word = /^[A-Z_]{2,32}(?=:? )/.exec(message)?.[0];
  return word !== undefined && CODES.has(word) ? word : undefined;
}
