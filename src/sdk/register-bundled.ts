// `tachymeter/register` for bundlers, which follow static imports only (export condition `module`).
import { isMainThread, parentPort } from "node:worker_threads";
import { registerMain } from "./register-main.ts";
import { registerThread } from "./register-thread.ts";
import { instrumentThread, watchThreadCommands } from "./thread-instrumentations.ts";
import { memberProvider, observeThread } from "./thread-member.ts";

const member = { memberProvider, observeThread };

if (isMainThread) registerMain();
else if (parentPort !== null)
  registerThread({
    member: () => member,
    imported: async () => member,
    instrumentations: () => ({ instrumentThread, watchThreadCommands }),
  });
