import { targetOfConnection } from "../shared/connection-pools.ts";
import { DatabaseOperations, type DatabaseTarget } from "../shared/database-operations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { remember } from "../shared/names.ts";
import { isCallback, seenCallback } from "../shared/observed.ts";
import type { Recording } from "../shared/recording.ts";
import { measureQueries, type Settled } from "../shared/sql-operations.ts";

// Methods that take a request, or at last a callback, with their operations. `undefined` means that of the statement.
const CALL = "callProcedure";
const METHODS: Readonly<Record<string, string | undefined>> = {
  execSql: undefined,
  execSqlBatch: undefined,
  execute: undefined,
  prepare: "PREPARE",
  unprepare: "UNPREPARE",
  [CALL]: "EXECUTE",
  execBulkLoad: "BULK INSERT",
  beginTransaction: "BEGIN",
  commitTransaction: "COMMIT",
  rollbackTransaction: "ROLLBACK",
  saveTransaction: "SAVE",
};

/** Records the durations of requests of the `tedious` package. */
export function begin(recording: Recording<unknown>): Attach {
  const operations = new DatabaseOperations(recording.meter, "microsoft.sql_server", statusOf);
  const databases = new WeakMap<object, string>();
  const targets = new Map<string, DatabaseTarget>();
  const targetOf = (connection: unknown, procedure?: string): DatabaseTarget => {
    const configured = targetOfConnection(connection) ?? { address: "", port: 0, namespace: "" };
    const database = databases.get(Object(connection)) ?? configured.namespace;
    const instance = fieldOf(fieldOf(fieldOf(connection, "config"), "options"), "instanceName");
    const namespace = typeof instance === "string" ? `${instance}|${database}` : database;
    const key = `${configured.address} ${configured.port} ${namespace} ${procedure ?? ""}`;
    const target = targets.get(key) ?? { ...configured, namespace, procedure };
    remember(targets, key, target);
    return target;
  };
  return (exports) => {
    const prototype = prototypeOf(exports);
    // The database changes with the login and by `USE`.
    recording.before(prototype, "emit", (connection, event, database) => {
      if (event === "databaseChange") databases.set(Object(connection), String(database));
    });
    for (const [name, operation] of Object.entries(METHODS)) {
      const queries = measureQueries(recording, operations, {
        statement: "sqlTextOrProcedure",
        operation,
        targetOf: (connection, text) =>
          targetOf(connection, name === CALL && typeof text === "string" ? text : undefined),
        withOwnCallback,
        follow: (result) => result,
      });
      recording.wrap(prototype, name, queries);
    }
  };
}

// The statement that begins a bulk load is part of its duration.
const BULK_STATEMENT = /^insert bulk /;

// A request may be executed again.
function withOwnCallback(args: readonly unknown[], settled: Settled): readonly unknown[] | undefined {
  const [request] = args;
  const callback = fieldOf(request, "callback");
  if (!isObject(request) || !isCallback(callback)) return undefined;
  if (BULK_STATEMENT.test(String(fieldOf(request, "sqlTextOrProcedure")))) return undefined;
  const measured = seenCallback(callback, (error) => {
    Reflect.set(request, "callback", callback);
    settled(error ?? undefined);
  });
  Reflect.set(request, "callback", measured);
  return args;
}

// The number of the database's error; of the first one, if there are several.
function statusOf(error: unknown): string | undefined {
  const [first = error] = listIn(error, "errors");
  const number = fieldOf(first, "number");
  return typeof number === "number" ? String(number) : undefined;
}
