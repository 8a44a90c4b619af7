/**
 * Vitest's global set-up: a temporary folder per run, shared by all test files, and one in memory for the runtime directories
 * of the tests' processes. Both are removed at its end.
 */
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The run's temporary folder; test files get it with `inject("runFolder")`. */
    runFolder: string;
    /** The folder of runtime directories; see `runtime-directory.ts`. */
    runtimeFolder: string;
  }
}

/** Makes the folders and provides their paths to the test files. */
export function setup(project: TestProject): () => void {
  const runFolder = realpathSync(mkdtempSync(join(tmpdir(), "tachymeter-test-")));
  const memory = "/dev/shm";
  const runtimeFolder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "tachymeter-test-"));
  project.provide("runFolder", runFolder);
  project.provide("runtimeFolder", runtimeFolder);
  return () => {
    for (const folder of [runFolder, runtimeFolder])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}
