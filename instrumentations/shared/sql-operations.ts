// Operations of SQL statements, and the durations of queries.
import { errorMonitor, type EventEmitter } from "node:events";
import { detachString } from "../../src/io/detach-string.ts";
import { makeRoom } from "../../src/io/process-events.ts";
import { nanosSince, nowMillis } from "./clock.ts";
import { type DatabaseOperations, type DatabaseTarget, OTHER_OPERATION } from "./database-operations.ts";
import { isRecord } from "./fields.ts";
import { callbackAt, isCallback, measuredCallback } from "./observed.ts";
import type { Recording } from "./recording.ts";
import type { Wrap } from "../../src/recording/replace-method.ts";

// Statements that begin with another word are `_OTHER`.
const OPERATIONS: ReadonlySet<string> = new Set(
  (
    "ALTER ANALYZE ATTACH BACKUP BEGIN BULK CALL CHECKPOINT CLOSE COMMENT COMMIT COPY CREATE DBCC DEALLOCATE DECLARE DELETE DENY " +
    "DESCRIBE DETACH DISCARD DO DROP EXEC EXECUTE EXPLAIN FETCH FLUSH GRANT HANDLER IF IMPORT INSERT KILL LISTEN LOAD LOCK MERGE " +
    "MOVE NOTIFY OPTIMIZE PRAGMA PREPARE PRINT REFRESH REINDEX RELEASE RENAME REPLACE RESET RESTORE REVOKE ROLLBACK SAVE " +
    "SAVEPOINT SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WAITFOR WHILE WITH XA"
  ).split(" "),
);
const MAX_STATEMENTS = 1_000;
const MAX_STATEMENT_LENGTH = 1_000;
const LEADING_COMMENTS = /^(?:\s+|\/\*[^]*?\*\/|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\()*/;

/** Names the operations of statements by their first word. */
export class SqlOperations {
  // Bounded, since some applications build statements that contain values.
  readonly #operations = new Map<string, string>();

  /** Returns the first word of a statement, in upper case; `_OTHER` if it is not a known statement. */
  of(statement: unknown): string {
    if (typeof statement !== "string") return OTHER_OPERATION;
    const known = this.#operations.get(statement);
    if (known !== undefined) return known;
    const operation = firstWord(statement);
    if (this.#operations.size < MAX_STATEMENTS && statement.length <= MAX_STATEMENT_LENGTH) {
      this.#operations.set(detachString(statement), operation);
    }
    return operation;
  }
}

function firstWord(statement: string): string {
  const start = LEADING_COMMENTS.exec(statement)?.[0].length ?? 0;
  const word = /^[a-z]{1,20}/i.exec(statement.slice(start, start + 20))?.[0].toUpperCase() ?? "";
  return OPERATIONS.has(word) ? word : OTHER_OPERATION;
}

/** Called once with the outcome of a query. */
export type Settled = (error?: unknown) => void;

/** Form of the queries of one library. */
export interface SqlQueries {
  /** The field of a query object that contains the statement. */
  readonly statement: string;
  /** The operation of a method that takes no statement. */
  readonly operation?: string | undefined;
  readonly targetOf: (client: unknown, statement: unknown) => DatabaseTarget;
  /** Returns the arguments with the callback in the first one measured; `undefined` if it has no callback. */
  readonly withOwnCallback: (args: readonly unknown[], settled: Settled) => readonly unknown[] | undefined;
  /** Returns the result of a call without a callback, such that `settled` is called at its end. */
  readonly follow: (result: unknown, settled: Settled) => unknown;
}

/** Calls `settled` at the end of a query that emits events, without a listener for `error`. Returns the query. */
export function seeEnd(query: EventEmitter, settled: Settled): EventEmitter {
  makeRoom(query);
  return query.once(errorMonitor, settled).once("end", () => settled());
}

/** Wraps a method that sends a query, to record it from the call until the result. */
export function measureQueries(
  recording: Recording<unknown>,
  operations: DatabaseOperations,
  { statement, operation, targetOf, withOwnCallback, follow }: SqlQueries,
): Wrap {
  const sql = new SqlOperations();
  const statementOf = (query: unknown): unknown => {
    try {
      return isRecord(query) ? query[statement] : undefined;
    } catch (failure) {
      recording.failed(failure);
      return undefined;
    }
  };
  return (method) =>
    function (...args) {
      const startMillis = nowMillis();
      // Read now: libraries insert the values into it.
      const text = typeof args[0] === "string" ? args[0] : statementOf(args[0]);
      let isRecorded = false;
      const settled = (error?: unknown): void => {
        if (isRecorded) return;
        isRecorded = true;
        try {
          operations.record(targetOf(this, text), operation ?? sql.of(text), nanosSince(startMillis), error);
        } catch (failure) {
          recording.failed(failure);
        }
      };
      const position = callbackAt(args);
      const callback = args[position];
      // A query object may have a callback in addition to the argument. The library calls only one of them.
      const own = withOwnCallback(args, settled);
      const measured = isCallback(callback)
        ? (own ?? args).with(position, measuredCallback(callback, settled))
        : own;
      if (measured !== undefined) return Reflect.apply(method, this, measured);
      return follow(Reflect.apply(method, this, args), settled);
    };
}
