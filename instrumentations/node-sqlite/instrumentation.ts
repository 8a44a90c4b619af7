import module from "node:module";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";
import { isOlder } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";
import { prototypeOf } from "../shared/exports.ts";
import { measureSqlite } from "../shared/sqlite-statements.ts";

const NAME = "node:sqlite";

/** Records the durations of statements of `node:sqlite`. */
export function begin(recording: Recording<unknown>): undefined {
  const measure = (): void => {
    recording.safely(() => {
      const prototype = prototypeOf(process.getBuiltinModule(NAME), "DatabaseSync");
      measureSqlite(recording, prototype, nameOf, statusOf);
    });
  };
  if (loadsSilently()) measure();
  else onLoad(recording, measure);
}

// The load logs a warning, which is the application's to cause.
function onLoad(recording: Recording<unknown>, measure: () => void): void {
  recording.before(process, "emitWarning", (_process, warning) => {
    if (String(warning).startsWith("SQLite is an experimental feature")) queueMicrotask(measure);
  });
  // Calls may follow before the microtask.
  const restore = replaceMethod(module.prototype, "require", (call, [id]) => {
    const exports = call();
    if (id === NAME) measure();
    return exports;
  });
  if (restore !== undefined) recording.onEnd(restore);
}

// Since it is a release candidate.
function loadsSilently(): boolean {
  const { node } = process.versions;
  return !isOlder(node, "25.7") || (node.startsWith("24.") && !isOlder(node, "24.15"));
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
