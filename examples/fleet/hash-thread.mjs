// A worker thread: receives the path of a file, and posts its result. It dies of a file that cannot be read.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

// Brotli's default, 11, is meant for files that are compressed once and served for years.
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
