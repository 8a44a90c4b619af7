import { prototypeOf, requireBeside } from "../shared/exports.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";
import { measureSqlite } from "../shared/sqlite-statements.ts";

/** Records the durations of statements of the `better-sqlite3` package. */
export function begin(recording: Recording<unknown>): Attach {
  return (exports, { path }) => {
    const prototype = prototypeOf(exports);
    // From version 13 on, this file exports a function that makes the class.
    if (path === "lib/database.js" && !hasMethods(prototype, "prepare")) {
      queueMicrotask(() => recording.safely(() => requireBeside("database.js", exports, "index.js")));
      return;
    }
    measureSqlite(recording, prototype, (database) => fieldOf(database, "name"), statusOf);
  };
}

function statusOf(error: unknown): string | undefined {
  const code = fieldOf(error, "code");
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : undefined;
}
