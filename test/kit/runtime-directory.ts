/**
 * Vitest's set-up of each test file: a runtime directory of its own. By that of the user, pages and groups of tests that run at
 * once would find each other. In one of the worker, those of killed processes would count in later files.
 */
import { mkdtempSync } from "node:fs";
import { sep } from "node:path";
import { inject } from "vitest";

process.env["XDG_RUNTIME_DIR"] = mkdtempSync(inject("runtimeFolder") + sep);
