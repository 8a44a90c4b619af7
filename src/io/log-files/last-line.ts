// The end of a log whose process may have been killed while it wrote.
import { fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";

const LINE_FEED = 10;
const BLOCK_BYTES = 64 * 1024;

/**
 * Cuts off a last line that was left unfinished. One that does not begin with `lineBegin` is not ours to cut: it is
 * ended.
 */
export function endLastLine(descriptor: number, lineBegin: string): void {
  const { size } = fstatSync(descriptor);
  const begin = lastLineBegin(descriptor, size);
  if (begin === size) return;
  const start = Buffer.alloc(Math.min(lineBegin.length, size - begin));
  readSync(descriptor, start, 0, start.length, begin);
  if (lineBegin.startsWith(start.toString())) ftruncateSync(descriptor, begin);
  else writeSync(descriptor, "\n");
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
