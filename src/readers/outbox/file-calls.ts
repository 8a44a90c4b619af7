// The calls by which the outbox reaches the disk.
import * as promises from "node:fs/promises";

/** The calls of `node:fs/promises` that are used, so that a test can pass ones that fail, or that watch their order. */
export type FileCalls = Pick<
  typeof promises,
  "mkdir" | "open" | "readFile" | "readdir" | "rename" | "rmdir" | "stat" | "truncate" | "unlink"
>;

/** Node's own. */
export const nodeFileCalls: FileCalls = promises;

/** Rights of folders and of files: nobody else may read them. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Makes the entries of a folder as durable as its files' contents. */
export async function syncFolder(calls: FileCalls, folder: string): Promise<void> {
  // Windows neither needs nor has it.
  if (process.platform === "win32") return;
  const handle = await calls.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The system's code of an error, such as `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
