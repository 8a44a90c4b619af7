// The two forms of `tachymeter/register`. A worker thread loads a small part of the package only. That part is imported:
// Node.js 20 aborts the process if a thread is terminated while it requires an ES module.
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { loadedPart } from "./loaded-part.ts";
import type { observeThread } from "./observe-thread.ts";
import type { registerMain } from "./register-main.ts";
import { registerThread, type ThreadParts } from "./register-thread.ts";

const require = createRequire(import.meta.url);
const MEMBER = "#thread-member";

/** Runs `tachymeter/register` in this thread. */
export function register(): void {
  if (isMainThread) main().registerMain();
  else {
    registerThread({
      memberProvider: (host) => member().memberProvider(host),
      observeThread: async (provider) =>
        (await provider.whileImporting(loadedMember())).observeThread(provider, {}),
      watchThreadCommands: (first) => instrumentations().watchThreadCommands(first),
      instrumentThread: () => instrumentations().instrumentThread(),
    });
  }
}

function main(): { readonly registerMain: typeof registerMain } {
  return loadedPart("#register-main", (place) => require(place));
}

function member(): Pick<ThreadParts, "memberProvider"> {
  return loadedPart(MEMBER, (place) => require(place));
}

function loadedMember(): Promise<{ readonly observeThread: typeof observeThread }> {
  return loadedPart(MEMBER, (place) => import(place));
}

function instrumentations(): Pick<ThreadParts, "instrumentThread" | "watchThreadCommands"> {
  return loadedPart("#thread-instrumentations", (place) => require(place));
}
