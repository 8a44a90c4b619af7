// A file becomes its gzip, by zlib's threads.
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** Where the compressed bytes go. */
export interface CompressionPaths {
  /** In the same folder. */
  readonly temporary: string;
  /** There is nothing of this name until all of the file is in it. */
  readonly compressed: string;
  readonly signal: AbortSignal;
}

/** Compresses and removes `file`. Rejects, with `file` still there, where that fails or the signal ends it. */
export async function compressFile(
  file: string,
  { temporary, compressed, signal }: CompressionPaths,
): Promise<void> {
  for (;;) {
    const source = createReadStream(file);
    // For the owner alone, as the log; on the disk before the original goes.
    const target = createWriteStream(temporary, { mode: 0o600, flush: true });
    await pipeline(source, createGzip(), target, { signal });
    // Another process, which has not noticed the rotation yet, may have written to it meanwhile.
    if ((await stat(file)).size === source.bytesRead) break;
  }
  await rename(temporary, compressed);
  await rm(file, { force: true });
}
