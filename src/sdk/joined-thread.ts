// `tachymeter/register` in a worker thread: loads a small part of the package only. A flag of the thread imports it:
// Node.js 20 aborts the process if a thread is terminated while it requires an ES module.
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";
import { loadedPart } from "./loaded-part.ts";
import { registerThread } from "./register-thread.ts";

const require = createRequire(import.meta.url);
const MEMBER = "#thread-member";

// The main thread loads this file before it adds the flag.
if (!isMainThread) {
  registerThread({
    member: () => loadedPart(MEMBER, (place) => require(place)),
    imported: () => loadedPart(MEMBER, (place) => import(place)),
    instrumentations: () => loadedPart("#thread-instrumentations", (place) => require(place)),
  });
}
