// A worker thread: is posted a file's path, posts back what became of it. A file that cannot be read is its end.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Brotli's default, 11, is for what is compressed once and served for years.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

parentPort.on("message", (path) => {
  parentPort.postMessage(digest(readFileSync(path)));
});

function digest(content) {
  return {
    size: content.length,
    gzip: gzipSync(content).length,
    brotli: brotliCompressSync(content, BROTLI).length,
    sha256: createHash("sha256").update(content).digest("hex"),
  };
}
