// How far a folder's records are delivered: one sequence number in a file of its own.
//
//   0  u32  CRC-32 of the 8 bytes that follow
//   4  f64  sequence number of the last record that was removed
//
// It is overwritten in place by one write of 12 bytes, which the end of the process cannot tear, and which a full disk
// does not hinder, since the file has them from the start. Where it is unreadable after a loss of power, records are
// delivered once more.
import { errorCode } from "../../diagnostics/error-message.ts";
import { constants } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { FILE_MODE, type FileCalls, readFully } from "./file-calls.ts";

const CURSOR_BYTES = 12;

/** The path of a folder's cursor. */
export function cursorPath(folder: string): string {
  return join(folder, "cursor");
}

/** What a cursor's file holds. */
export function cursorBytes(sequence: number): Uint8Array {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeDoubleLE(sequence, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** The last removed record's number; 0 if none was removed, or if that is unknown. */
export async function readCursor(calls: FileCalls, folder: string): Promise<number> {
  try {
    const handle = await calls.open(cursorPath(folder), constants.O_RDONLY);
    const bytes = await readFully(handle, 0, CURSOR_BYTES);
    await handle.close();
    if (bytes.length < CURSOR_BYTES || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return 0;
    const sequence = bytes.readDoubleLE(4);
    return Number.isSafeInteger(sequence) ? sequence : 0;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return 0;
    throw error;
  }
}

/** Notes that all records up to `sequence` were removed. */
export async function writeCursor(calls: FileCalls, folder: string, sequence: number): Promise<void> {
  const handle = await calls.open(cursorPath(folder), constants.O_WRONLY | constants.O_CREAT, FILE_MODE);
  try {
    await handle.write(cursorBytes(sequence), 0, CURSOR_BYTES, 0);
  } finally {
    await handle.close();
  }
}
