// The two forms of `tachymeter/register`. A worker thread loads a small part of the package only.
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { loadedPart } from "./loaded-part.ts";
import type { registerMain } from "./register-main.ts";
import type { registerThread, ThreadParts } from "./register-thread.ts";

const require = createRequire(import.meta.url);

/** Runs `tachymeter/register` in this thread. */
export function register(): void {
  if (isMainThread) main().registerMain();
  else {
    thread().registerThread({
      memberProvider: (host) => member().memberProvider(host),
      observeThread: (...given) => member().observeThread(...given),
      watchThreadCommands: (first) => instrumentations().watchThreadCommands(first),
      instrumentThread: () => instrumentations().instrumentThread(),
    });
  }
}

function main(): { readonly registerMain: typeof registerMain } {
  return loadedPart("#register-main", (place) => require(place));
}

function thread(): { readonly registerThread: typeof registerThread } {
  return loadedPart("#register-thread", (place) => require(place));
}

function member(): Pick<ThreadParts, "memberProvider" | "observeThread"> {
  return loadedPart("#thread-member", (place) => require(place));
}

function instrumentations(): Pick<ThreadParts, "instrumentThread" | "watchThreadCommands"> {
  return loadedPart("#thread-instrumentations", (place) => require(place));
}
