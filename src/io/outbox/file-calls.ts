import { constants } from "node:fs";
import * as promises from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { openFile } from "../files/open-file.ts";

/** The file system calls in use, replaceable by tests that make them fail or record their order. */
export interface FileCalls extends Pick<
  typeof promises,
  "mkdir" | "readdir" | "rename" | "rmdir" | "stat" | "truncate" | "unlink"
> {
  /** Like `open` of `node:fs/promises`, with its constants as flags. */
  open(path: string, flags: number, mode?: number): Promise<FileHandle>;
}

/** Node's own calls; but `open` refuses all except files and folders, since opening a FIFO would hang. */
export const nodeFileCalls: FileCalls = { ...promises, open: openFile };

/** Mode of files, readable by the owner only. */
export const FILE_MODE = 0o600;

/** Flushes the entries of a folder to disk, so that they are as durable as the contents of its files. */
export async function syncFolder(calls: FileCalls, folder: string): Promise<void> {
  // Windows neither needs nor supports it.
  if (process.platform === "win32") return;
  const handle = await calls.open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Reads `length` bytes, or fewer at the end of the file. */
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
