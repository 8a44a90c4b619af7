import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";

/** Makes a folder that is removed at the end of the run. */
export function newFolder(name: string): string {
  return mkdtempSync(join(inject("runFolder"), `${name}-`));
}
