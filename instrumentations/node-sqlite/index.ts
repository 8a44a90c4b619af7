import module, { isBuiltin } from "node:module";
import { isOtherRuntime } from "../../src/io/runtime.ts";
import type { InstrumentationConfig } from "../../src/options/instrumentation.ts";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { prototypeOf } from "../shared/exports.ts";
import { type Instrumented, isOlder } from "../shared/instrumented.ts";

const NAME = "node:sqlite";
// All that a database can do begins with one of these.
const FIRST_METHODS = ["exec", "prepare"];

/** The instrumentation of `node:sqlite`. */
export const nodeSqlite: Instrumented<InstrumentationConfig> = {
  name: "node_sqlite",
  options: {},
  // Part of Node.js, from 22.5 on.
  files: [],
  beginsAtOnce: !isOtherRuntime && isBuiltin(NAME),
  onFirstUse: (begin) => (loadsSilently() ? onFirstCall(begin) : onLoad(begin)),
};

// Since it is a release candidate.
function loadsSilently(): boolean {
  const { node } = process.versions;
  return !isOlder(node, "25.7") || (node.startsWith("24.") && !isOlder(node, "24.15"));
}

// Its load cannot be seen. It is a part of Node.js that loads within half a millisecond.
function onFirstCall(begin: () => void): () => void {
  const prototype = prototypeOf(process.getBuiltinModule(NAME), "DatabaseSync");
  const restored = FIRST_METHODS.map((name) =>
    replaceMethod(prototype, name, (_call, args, self) => {
      end();
      begin();
      return Reflect.apply(Object(Reflect.get(prototype, name)), self, args);
    }),
  );
  const end = (): void => restored.forEach((restore) => restore?.());
  return end;
}

// The load logs a warning, which is the application's to cause.
function onLoad(begin: () => void): () => void {
  const restored = [
    replaceMethod(process, "emitWarning", (call, [warning]) => {
      if (String(warning).startsWith("SQLite is an experimental feature")) queueMicrotask(begin);
      return call();
    }),
    // Calls may follow before the microtask.
    replaceMethod(module.prototype, "require", (call, [id]) => {
      const exports = call();
      if (id === NAME) begin();
      return exports;
    }),
  ];
  return () => restored.forEach((restore) => restore?.());
}
