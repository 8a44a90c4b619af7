// `tachymeter/register` for bundlers, which follow static imports only (export condition `module`).
import { isMainThread, parentPort } from "node:worker_threads";
import { memberProvider } from "../group/threads/member-provider.ts";
import { observeThread } from "./observe-thread.ts";
import { registerMain } from "./register-main.ts";
import { registerThread } from "./register-thread.ts";
import { instrumentThread, watchThreadCommands } from "./thread-instrumentations.ts";

if (isMainThread) registerMain();
else if (parentPort !== null) {
  registerThread({
    memberProvider,
    watchThreadCommands,
    instrumentThread,
    observeThread: (provider) => observeThread(provider, {}),
  });
}
