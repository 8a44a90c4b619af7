// A file is replaced as a whole, so that who reads it sees either all of the old one or all of the new one.
import { randomBytes } from "node:crypto";
import { realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FileError, fileErrorFrom } from "./file-error.ts";

/**
 * Writes `text` into a file beside `file` and renames it. A device or a pipe is written to directly.
 *
 * @throws FileError by the promise.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  try {
    const target = await replaceable(file);
    await (target === undefined ? writeFile(file, text) : writeAndRename(target, text));
  } catch (cause) {
    throw fileErrorFrom(file, cause);
  }
}

/** The name of a file that nobody else uses, in the folder of `file`: renaming works within one file system only. */
export function temporaryFileBeside(file: string): string {
  return join(dirname(resolve(file)), `.tachymeter-${randomBytes(8).toString("hex")}.tmp`);
}

/** @throws FileError where `file` cannot be the name of a file at all. */
export function assertFile(file: string): void {
  const given: unknown = file;
  if (typeof given === "string" && given !== "" && !given.includes("\0")) return;
  const shown = typeof given === "string" ? JSON.stringify(given) : `of type ${typeof given}`;
  throw new FileError(
    `file: its name is ${shown}, which is no name of a file; give a path such as "./metrics.json"`,
  );
}

async function writeAndRename(target: string, text: string): Promise<void> {
  const temporary = temporaryFileBeside(target);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

// The file that a rename may replace, behind all links; `undefined` where something else than a file is there.
async function replaceable(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(absentAsUndefined);
  if (stats === undefined) return file;
  if (stats.isDirectory()) throw Object.assign(new Error("is a folder"), { code: "EISDIR" });
  return stats.isFile() ? realpath(file) : undefined;
}

function absentAsUndefined(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
