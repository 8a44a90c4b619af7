// The regular files below a folder, with their sizes.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const MAX_FILES = 50_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Returns at most 50,000 files, and none above 64 MiB, since a thread holds a whole file in memory. Unreadable
 * entries are skipped.
 */
export async function listFiles(folder) {
  const files = [];
  for await (const path of walk(folder)) {
    const size = await sizeOf(path);
    if (size <= MAX_BYTES) files.push({ path, size });
    if (files.length === MAX_FILES) break;
  }
  return files;
}

// Implemented by hand, since a recursive opendir skips files on Node 20.
async function* walk(folder) {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

async function sizeOf(path) {
  return stat(path).then(
    ({ size }) => size,
    () => Infinity,
  );
}
