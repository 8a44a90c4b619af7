/** Vitest's global set-up: one temporary folder per run, shared by all test files, removed at its end. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's temporary folder; test files get it with `inject("runFolder")`. */
    runFolder: string;
  }
}

/** Makes the folder and provides its path to the test files. */
export function setup(project: TestProject): () => void {
  const runFolder = realpathSync(mkdtempSync(join(tmpdir(), "tachymeter-test-")));
  project.provide("runFolder", runFolder);
  return () => rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
}
