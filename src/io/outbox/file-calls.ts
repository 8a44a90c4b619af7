import { constants } from "node:fs";
import * as promises from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { openFile } from "../files/open-file.ts";

/** The calls that are used, so that a test can pass ones that fail, or that watch their order. */
export interface FileCalls extends Pick<
  typeof promises,
  "mkdir" | "readdir" | "rename" | "rmdir" | "stat" | "truncate" | "unlink"
> {
  /** As `open` of `node:fs/promises`, with its constants as flags. */
  open(path: string, flags: number, mode?: number): Promise<FileHandle>;
}

/** Node's own, but for what is neither a file nor a folder: opening a FIFO would hang. */
export const nodeFileCalls: FileCalls = { ...promises, open: openFile };

/** Rights of folders and of files: nobody else may read them. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Makes the entries of a folder as durable as its files' contents. */
export async function syncFolder(calls: FileCalls, folder: string): Promise<void> {
  // Windows neither needs nor has it.
  if (process.platform === "win32") return;
  const handle = await calls.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads `length` bytes, or what there is of them. */
export async function readFully(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
