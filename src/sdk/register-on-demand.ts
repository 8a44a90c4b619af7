// The two forms of `tachymeter/register`. In Node.js, `register-on-demand-node.ts` replaces this module, and loads only
// one of them. This one imports both: for the sources, and for bundlers, which follow static imports only.
import { isMainThread } from "node:worker_threads";
import { memberProvider } from "../group/threads/member-provider.ts";
import { observeThread } from "./observe-thread.ts";
import { registerMain } from "./register-main.ts";
import { registerThread } from "./register-thread.ts";
import { instrumentThread, watchThreadCommands } from "./thread-instrumentations.ts";

/** Runs `tachymeter/register` in this thread. */
export function register(): void {
  if (isMainThread) registerMain();
  else {
    registerThread({
      memberProvider,
      watchThreadCommands,
      instrumentThread,
      observeThread: (provider) => observeThread(provider, {}),
    });
  }
}
