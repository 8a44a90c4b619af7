// Rotated log files: names, removal of the oldest, compression.
import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { pipeline } from "node:stream/promises";

const COMPRESSED = ".gz";
const UNFINISHED = ".tmp";
// A temporary file older than this is left from a process that has ended.
const ABANDONED_MILLIS = 3_600_000;
// The last time whose year has four digits, as in all names.
const MAX_MILLIS = Date.UTC(10_000, 0) - 1;

/**
 * Files beside a log, named by time and process:
 *
 *     metrics.jsonl                                        current
 *     metrics.2026-11-20T11-30-00.123Z.4711.jsonl          full
 *     metrics.2026-11-20T11-20-00.456Z.4711.jsonl.gz       compressed
 */
export class RotatedFiles {
  readonly #folder: string;
  readonly #stem: string;
  readonly #extension: string;
  readonly #maxFiles: number;
  readonly #compresses: boolean;
  readonly #end = new AbortController();
  #compressing = false;
  #lastMillis = 0;

  constructor(path: string, maxFiles: number, compresses: boolean) {
    this.#folder = dirname(path);
    this.#extension = extname(path);
    this.#stem = basename(path, this.#extension);
    this.#maxFiles = maxFiles;
    this.#compresses = compresses;
  }

  /** A new path for a file that is rotated now. */
  newName(): string {
    // Increases always, since a file with the name of the previous one would replace it. If the clock was set back, a file
    // with a lower one, also of another process, would be removed as the oldest.
    this.#lastMillis = Math.min(
      Math.max(Date.now(), this.#lastMillis + 1, this.#newestMillis + 1),
      MAX_MILLIS,
    );
    const time = new Date(this.#lastMillis).toISOString().replaceAll(":", "-");
    return join(this.#folder, `${this.#stem}.${time}.${process.pid}${this.#extension}`);
  }

  /** Removes the oldest files, and starts to compress the others, including those of other processes. Never throws. */
  tidy(): void {
    try {
      this.#removeOldest();
    } catch {
      // The folder cannot be listed, or a file is locked: the next rotation tries again.
    }
    if (this.#compresses && !this.#compressing) void this.#compressAll();
  }

  /** Aborts the compression. */
  close(): void {
    this.#end.abort();
  }

  #removeOldest(): void {
    const names = this.#names();
    const full = [...new Set(names.map(uncompressedName))].toSorted();
    const removed = new Set(full.slice(0, Math.max(0, full.length - this.#maxFiles)));
    for (const name of names) {
      const path = join(this.#folder, name);
      if (removed.has(uncompressedName(name)) || isAbandoned(path)) rmSync(path, { force: true });
    }
  }

  // Time in the name of the newest file; 0 without one, or if the folder cannot be listed.
  get #newestMillis(): number {
    try {
      const name = this.#names().at(-1) ?? "";
      const [date, time] = name.slice(this.#stem.length + 1).split(/T|Z\./);
      return Date.parse(`${date}T${time?.replaceAll("-", ":")}Z`) || 0;
    } catch {
      return 0;
    }
  }

  // One at a time, the newest first, since the oldest may be removed meanwhile.
  async #compressAll(): Promise<void> {
    this.#compressing = true;
    try {
      const failed = new Set<string>();
      for (;;) {
        const name = this.#names().findLast(
          (each) => each.endsWith(this.#extension) && isPlain(each) && !failed.has(each),
        );
        if (name === undefined || this.#end.signal.aborted) return;
        const path = join(this.#folder, name);
        const temporary = `${path}${COMPRESSED}.${process.pid}${UNFINISHED}`;
        await compressFile(path, temporary, this.#end.signal).catch(async () => {
          // Tried again at the next rotation.
          failed.add(name);
          await rm(temporary, { force: true }).catch(() => {});
        });
      }
    } catch {
      // The folder cannot be listed.
    } finally {
      this.#compressing = false;
    }
  }

  #names(): readonly string[] {
    return readdirSync(this.#folder)
      .filter((name) => this.#isRotated(uncompressedName(name)))
      .toSorted();
  }

  #isRotated(name: string): boolean {
    const { length } = this.#stem;
    if (!name.startsWith(`${this.#stem}.`) || !name.endsWith(this.#extension)) return false;
    return /^\d{4}-\d\d-\d\dT[\d.-]+Z\.\d+$/.test(
      name.slice(length + 1, name.length - this.#extension.length),
    );
  }
}

function isPlain(name: string): boolean {
  return uncompressedName(name) === name;
}

function uncompressedName(name: string): string {
  return name.replace(/\.gz(?:\.\d+\.tmp)?$/, "");
}

function isAbandoned(path: string): boolean {
  if (!path.endsWith(UNFINISHED)) return false;
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > ABANDONED_MILLIS;
}

// Compresses and removes `file`. If that fails or the signal aborts it, rejects and keeps `file`.
async function compressFile(file: string, temporary: string, signal: AbortSignal): Promise<void> {
  const { createGzip } = process.getBuiltinModule("node:zlib");
  for (;;) {
    const source = createReadStream(file);
    // Readable by the owner only, like the log; flushed to disk before the original is removed.
    const target = createWriteStream(temporary, { mode: 0o600, flush: true });
    await pipeline(source, createGzip(), target, { signal });
    // Another process may not have noticed the rotation yet, and may have written to the file meanwhile.
    if ((await stat(file)).size === source.bytesRead) break;
  }
  await rename(temporary, file + COMPRESSED);
  await rm(file, { force: true });
}
