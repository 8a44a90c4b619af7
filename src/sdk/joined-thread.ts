// `tachymeter/register` in a worker thread: loads a small part of the package only. A flag of the thread imports it:
// Node.js 20 aborts the process if a thread is terminated while it requires an ES module.
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { loadedPart } from "./loaded-part.ts";
import type { observeThread } from "./observe-thread.ts";
import { registerThread, type ThreadParts } from "./register-thread.ts";

const require = createRequire(import.meta.url);
const MEMBER = "#thread-member";

// The main thread loads this file before it adds the flag.
if (!isMainThread) {
  registerThread({
    memberProvider: (host) => member().memberProvider(host),
    observeThread: async (provider) =>
      (await provider.whileImporting(loadedMember())).observeThread(provider, {}),
    watchThreadCommands: (first) => instrumentations().watchThreadCommands(first),
    instrumentThread: () => instrumentations().instrumentThread(),
  });
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
