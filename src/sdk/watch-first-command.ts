// Child processes of a worker thread. The instrumentation is loaded once the thread starts one: most threads start none.
import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { replaceMethod } from "../recording/replace-method.ts";
import { onFirstMessage } from "../recording/first-message.ts";

const CHANNEL = "child_process";
// Node.js publishes no processes of these.
const SYNCHRONOUS = ["execSync", "execFileSync", "spawnSync"] as const;

let isWatching = false;

/** Whether the main thread counts the child processes of this thread. */
export function isWatchingCommands(): boolean {
  return isWatching;
}

/** Calls `begin` once, when the thread starts its first child process: with it, or without if it is synchronous. */
export function watchFirstCommand(begin: (first: unknown) => void): void {
  isWatching = true;
  let hasBegun = false;
  const removals: ((() => void) | undefined)[] = [];
  const start = (first: unknown): void => {
    if (hasBegun) return;
    hasBegun = true;
    for (const remove of removals) remove?.();
    begin(first);
  };
  for (const name of SYNCHRONOUS) {
    const remove = replaceMethod(childProcess, name, (_, args, self) => {
      start(undefined);
      // By now the instrumentation has replaced the original, and uses the same function for it.
      return Reflect.apply(replaced, self, args);
    });
    const replaced: (...args: never[]) => unknown = childProcess[name];
    removals.push(remove);
  }
  syncBuiltinESMExports();
  removals.push(
    onFirstMessage([CHANNEL], (message) => {
      start(typeof message === "object" && message !== null && "process" in message && message.process);
    }),
  );
}
