import { nanosSince, nowMillis } from "../shared/clock.ts";
import { type ConnectionPoolFigures, ConnectionPools } from "../shared/connection-pools.ts";
import { DatabaseOperations, type DatabaseTarget, OTHER_OPERATION } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isRecord, listIn } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { type MongoDbConfig, POOL } from "./index.ts";

const OF_COLLECTIONS =
  "aggregate collMod collStats count create createIndexes delete distinct drop dropIndexes find findAndModify insert " +
  "listIndexes mapReduce update validate";
const OF_CURSORS = "getMore killCursors";
const OF_DATABASES =
  "abortTransaction buildInfo bulkWrite commitTransaction connectionStatus createRole createUser dbStats dropDatabase " +
  "dropRole dropUser explain listCollections listDatabases ping renameCollection rolesInfo serverStatus updateRole " +
  "updateUser usersInfo";
const OPERATIONS: ReadonlySet<string> = new Set(`${OF_COLLECTIONS} ${OF_CURSORS} ${OF_DATABASES}`.split(" "));
const WITH_COLLECTION: ReadonlySet<string> = new Set([...OF_COLLECTIONS.split(" "), "killCursors"]);
const WRITES: ReadonlySet<string> = new Set(["insert", "update", "delete"]);
// Commands that the driver sends itself, for server discovery, login and logout.
const OF_DRIVER: ReadonlySet<string> = new Set(
  "hello ismaster isMaster authenticate getnonce logout saslStart saslContinue endSessions".split(" "),
);

/**
 * Records the durations of commands of the `mongodb` package, from sending until the reply. Every command is sent by
 * `Connection.prototype.command`. Also records the driver's connection pools, of which each server has one.
 */
export function begin(recording: Recording<MongoDbConfig>): Attach {
  const operations = new DatabaseOperations(recording.meter, "mongodb", statusOf);
  const targets = new Targets();
  const pools = new ConnectionPools(recording, {
    target: (pool) => ({ ...serverOf(fieldOf(pool, "address")), namespace: "" }),
    figures: figuresOf,
  });
  return (exports, file) => {
    if (isSameFile(file, POOL)) {
      if (recording.config.pools === false) return;
      measurePools(recording, pools, prototypeOf(exports, "ConnectionPool"));
      return;
    }
    recording.wrap(prototypeOf(exports, "Connection"), "command", (command) => {
      return function (...args) {
        const [namespace, body] = args;
        const name = nameOf(body);
        if (OF_DRIVER.has(name)) return Reflect.apply(command, this, args);
        const start = nowMillis();
        const record = (error: unknown): void => {
          const database = fieldOf(namespace, "db");
          const target = targets.of(fieldOf(this, "address"), database, collectionOf(name, body));
          const operation = OPERATIONS.has(name) ? name : OTHER_OPERATION;
          operations.record(target, operation, nanosSince(start), error);
        };
        // The driver awaits it, so that a failure is handled.
        return recording.observedAside(Reflect.apply(command, this, args), {
          fulfilled: (reply) => record(WRITES.has(name) ? writeErrorOf(reply) : undefined),
          rejected: (error) => record(error ?? "undefined"),
        });
      };
    });
  };
}

// The driver's events have whole milliseconds only, and no key of the request that got a connection.
function measurePools(recording: Recording<unknown>, pools: ConnectionPools, prototype: object): void {
  recording.outcome(prototype, "checkOut", (pool) => pools.request(Object(pool)), "aside");
  recording.before(prototype, "checkIn", (pool, connection) => pools.returned(Object(pool), connection));
  recording.wrap(prototype, "createConnection", (create) => {
    return function (...args) {
      const [callback] = args;
      if (!isCallback(callback)) return Reflect.apply(create, this, args);
      const startMillis = nowMillis();
      const seen = seenCallback(callback, (error) => {
        if (!error) recording.safely(() => pools.created(Object(this), undefined, startMillis));
      });
      return Reflect.apply(create, this, [seen]);
    };
  });
}

function figuresOf(pool: object): ConnectionPoolFigures | undefined {
  if (fieldOf(pool, "closed") === true) return undefined;
  const options = fieldOf(pool, "options");
  const max = Number(fieldOf(options, "maxPoolSize"));
  return {
    idle: Number(fieldOf(pool, "availableConnectionCount")),
    used: Number(fieldOf(pool, "currentCheckedOutCount")),
    pending: Number(fieldOf(pool, "waitQueueSize")),
    // 0 means no limit.
    max: max > 0 ? max : undefined,
    idleMin: Number(fieldOf(options, "minPoolSize")),
  };
}

// The first field of a command is its name.
function nameOf(body: unknown): string {
  if (isRecord(body)) for (const name in body) return name;
  return "";
}

function collectionOf(name: string, body: unknown): string | undefined {
  if (name !== "getMore" && !WITH_COLLECTION.has(name)) return undefined;
  const collection = fieldOf(body, name === "getMore" ? "collection" : name);
  return typeof collection === "string" ? collection : undefined;
}

// A write in which a document fails has a successful reply; the driver later turns it into an error. Replies are
// documents, or bytes that are parsed on demand.
function writeErrorOf(reply: unknown): unknown {
  const has = fieldOf(reply, "has");
  const toObject = fieldOf(reply, "toObject");
  if (typeof has !== "function" || typeof toObject !== "function") return listIn(reply, "writeErrors")[0];
  return Reflect.apply(has, reply, ["writeErrors"]) === true
    ? listIn(Reflect.apply(toObject, reply, []), "writeErrors")[0]
    : undefined;
}

// The server's error codes are numbers: 11000.
function statusOf(error: unknown): string | undefined {
  const code = fieldOf(error, "code");
  return typeof code === "number" ? String(code) : undefined;
}

// Applications with one collection for each tenant have many.
const MAX_TARGETS = 1_000;

// Caches one target for each server, database and collection.
class Targets {
  readonly #known = new Map<unknown, Map<unknown, Map<unknown, DatabaseTarget>>>();
  #size = 0;

  // `address` looks like `127.0.0.1:27017`.
  of(address: unknown, database: unknown, collection: string | undefined): DatabaseTarget {
    const known = this.#known.get(address)?.get(database)?.get(collection);
    if (known !== undefined) return known;
    const namespace = typeof database === "string" ? database : "";
    const target = { ...serverOf(address), namespace, collection };
    if (this.#size >= MAX_TARGETS) return target;
    this.#size++;
    const byDatabase = this.#known.get(address) ?? new Map<unknown, Map<unknown, DatabaseTarget>>();
    const byCollection = byDatabase.get(database) ?? new Map<unknown, DatabaseTarget>();
    this.#known.set(address, byDatabase.set(database, byCollection.set(collection, target)));
    return target;
  }
}

// IPv6 addresses are in brackets. For a Unix socket the driver returns random text.
function serverOf(address: unknown): Pick<DatabaseTarget, "address" | "port"> {
  const [, host = "", port] = /^\[?(.+?)\]?:(\d+)$/.exec(String(address)) ?? [];
  return { address: host, port: host === "" ? 0 : Number(port) };
}
