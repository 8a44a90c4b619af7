// `tachymeter/register` for bundlers, which follow static imports only (export condition `module`).
import { isMainThread, parentPort } from "node:worker_threads";
import { registerMain } from "./register-main.ts";
import { registerThread } from "./register-thread.ts";
import * as instrumentations from "./thread-instrumentations.ts";
import * as member from "./thread-member.ts";

if (isMainThread) registerMain();
else if (parentPort !== null)
  registerThread({
    member: () => member,
    imported: async () => member,
    instrumentations: () => instrumentations,
  });
