/**
 * Vitest's set-up of each test file: a runtime directory for this worker. By that of the user, pages and groups of tests that
 * run at once would find each other.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

const folder = join(inject("runtimeFolder"), String(process.pid));
mkdirSync(folder, { recursive: true, mode: 0o700 });
process.env["XDG_RUNTIME_DIR"] = folder;
