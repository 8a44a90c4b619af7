import { fieldOf, hasMethods } from "../shared/fields.ts";
import { prototypeOf } from "../shared/exports.ts";
import type { Recording } from "../shared/recording.ts";
import { measureSqlite } from "../shared/sqlite-statements.ts";

/** Records the durations of statements of `node:sqlite`. */
export function begin(recording: Recording<unknown>): undefined {
  const prototype = prototypeOf(process.getBuiltinModule("node:sqlite"), "DatabaseSync");
  measureSqlite(recording, prototype, nameOf, statusOf);
}

// `null` in memory. Missing before Node.js 22.16.
function nameOf(database: unknown): unknown {
  if (!hasMethods(database, "location")) return undefined;
  try {
    return database.location() ?? ":memory:";
  } catch {
    // It is closed.
    return undefined;
  }
}

function statusOf(error: unknown): string | undefined {
  const code = fieldOf(error, "errcode");
  return typeof code === "number" ? String(code) : undefined;
}
