// Whether a file can be written, asked before anything depends on it.
import { accessSync, closeSync, constants, openSync, rmSync, statSync } from "node:fs";
import { assertFileKind } from "../open-file.ts";
import { fileErrorFrom } from "./error.ts";
import { assertFile, temporaryFileBeside } from "./replace.ts";

/**
 * Tries whether `file` can be written and replaced, without changing it.
 *
 * @throws FileError that says what is wrong and what to do.
 */
export function assertWritable(file: string): void {
  assertFile(file);
  try {
    assertFileKind(file);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
    if (stats !== undefined) accessSync(file, constants.W_OK);
    if (stats === undefined || stats.isFile()) createAndRemove(temporaryFileBeside(file));
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

function createAndRemove(file: string): void {
  closeSync(openSync(file, "wx"));
  rmSync(file);
}
