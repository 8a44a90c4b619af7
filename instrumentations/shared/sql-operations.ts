// The operations of SQL statements.
import { OTHER_OPERATION } from "./database-operations.ts";

// Statements whose first word is one of these are told apart. Everything else is `_OTHER`.
const OPERATIONS: ReadonlySet<string> = new Set(
  (
    "ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DESCRIBE DISCARD DO " +
    "DROP EXECUTE EXPLAIN FETCH FLUSH GRANT HANDLER IMPORT INSERT KILL LISTEN LOAD LOCK MERGE MOVE NOTIFY OPTIMIZE " +
    "PREPARE REFRESH REINDEX RELEASE RENAME REPLACE RESET REVOKE ROLLBACK SAVEPOINT SELECT SET SHOW START TABLE " +
    "TRUNCATE UNLISTEN UNLOCK UPDATE USE VACUUM VALUES WITH XA"
  ).split(" "),
);
const MAX_STATEMENTS = 1_000;
const MAX_STATEMENT_LENGTH = 1_000;
const LEADING_COMMENTS = /^(?:\s+|\/\*[^]*?\*\/|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\()*/;

/** Names the operations of statements, by their first word. */
export class SqlOperations {
  // Applications use few texts again and again; one that builds texts with values in them is not remembered for ever.
  readonly #operations = new Map<string, string>();

  /** The first word of a statement, in upper case; `_OTHER` for words that are no known statement. */
  of(statement: unknown): string {
    if (typeof statement !== "string") return OTHER_OPERATION;
    const known = this.#operations.get(statement);
    if (known !== undefined) return known;
    const operation = firstWord(statement);
    if (this.#operations.size < MAX_STATEMENTS && statement.length <= MAX_STATEMENT_LENGTH) {
      this.#operations.set(statement, operation);
    }
    return operation;
  }
}

function firstWord(statement: string): string {
  const start = LEADING_COMMENTS.exec(statement)?.[0].length ?? 0;
  const word = /^[a-z]{1,20}/i.exec(statement.slice(start, start + 20))?.[0].toUpperCase() ?? "";
  return OPERATIONS.has(word) ? word : OTHER_OPERATION;
}
