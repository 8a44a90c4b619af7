// Repair of a file of JSON lines whose last line a killed process left unfinished.
import { closeSync, constants, fstatSync, readSync, statSync, writeSync } from "node:fs";
import { openFileSync } from "../files/open-file.ts";

const LINE_FEED = 10;
const TAB = 9;
const BLOCK_BYTES = 64 * 1024;
// Longer than the blanks before a line.
const MAX_START_BYTES = 1024 * 1024;

/**
 * Replaces an unfinished last line by blanks, which JSON allows before the next line. Another process may be writing the
 * line: its appended bytes are never removed, so the file is not cut off. A last line that does not begin with
 * `lineBegin` is not ours: it is ended with a line feed instead.
 */
export function endLastLine(path: string, descriptor: number, lineBegin: string): void {
  const { size } = fstatSync(descriptor);
  const lastBegin = lastLineBegin(descriptor, size);
  const start = textAt(descriptor, lastBegin, Math.min(MAX_START_BYTES, size - lastBegin));
  const text = start.trimStart();
  if (text === "") return;
  if (!lineBegin.startsWith(text.slice(0, lineBegin.length))) return void writeSync(descriptor, "\n");
  // Appending waits for a write in progress. JSON has no raw tab within a value. So a tab right after the last byte means
  // that no process has continued the line, and from now on none can.
  writeSync(descriptor, "\t");
  if (textAt(descriptor, size, 1).charCodeAt(0) !== TAB) return;
  const begin = lastBegin + start.length - text.length;
  blank(path, descriptor, begin, size - begin);
}

// Through another descriptor: with `O_APPEND` all bytes go to the end.
function blank(path: string, descriptor: number, begin: number, length: number): void {
  const writing = openFileSync(path, constants.O_WRONLY);
  try {
    if (fstatSync(writing).ino !== fstatSync(descriptor).ino) return;
    writeSync(writing, Buffer.alloc(length, " "), 0, length, begin);
  } finally {
    closeSync(writing);
  }
}

// One character for each byte.
function textAt(descriptor: number, begin: number, length: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.toString("latin1", 0, readSync(descriptor, bytes, 0, length, begin));
}

function lastLineBegin(descriptor: number, size: number): number {
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let end = size; end > 0; end = Math.max(0, end - BLOCK_BYTES)) {
    const begin = Math.max(0, end - BLOCK_BYTES);
    const read = readSync(descriptor, block, 0, end - begin, begin);
    const lineFeed = block.subarray(0, read).lastIndexOf(LINE_FEED);
    if (lineFeed >= 0) return begin + lineFeed + 1;
  }
  return 0;
}

/** As {@link endLastLine}, for a path; a missing file, devices and pipes are left alone. */
export function endLastLineOf(path: string, lineBegin: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  const descriptor = openFileSync(path, constants.O_RDWR | constants.O_APPEND);
  try {
    endLastLine(path, descriptor, lineBegin);
  } finally {
    closeSync(descriptor);
  }
}
