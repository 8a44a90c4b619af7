// Reserved disk space, released if the disk is full.
import { closeSync, constants, fstatSync, fsyncSync, readSync, rmSync, type Stats, writeSync } from "node:fs";
import { isAbsent, openFileSync } from "../../io/files/open-file.ts";

const HEADER = Buffer.from("tachymeter reserve\n");
// Filled with noise, so that a file system cannot compress it.
const BLOCK = 64 * 1024;
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** A file that is deleted first if the disk is full, because SQLite requires space even to delete. */
export class Reserve {
  readonly #path: string;
  readonly #sizeBytes: number;
  readonly #warn: (message: string) => void;

  constructor(storePath: string, sizeBytes: number, warn: (message: string) => void) {
    this.#path = `${storePath}.reserve`;
    this.#sizeBytes = sizeBytes;
    this.#warn = warn;
  }

  /** Creates the reserve, if there is enough space. */
  take(): void {
    const found = reserveAt(this.#path);
    if (found.kind === "foreign") {
      this.#warn(
        `"${this.#path}": not a reserve file of tachymeter, so it was not changed; data will be lost if the disk is full`,
      );
      return;
    }
    if (found.kind === "reserve" && found.sizeBytes >= this.#sizeBytes) return;
    this.release();
    try {
      this.#make();
    } catch {
      this.release();
    }
  }

  /** Deletes the reserve. Returns whether there was one. */
  release(): boolean {
    if (reserveAt(this.#path).kind !== "reserve") return false;
    try {
      rmSync(this.#path, { force: true });
      return true;
    } catch {
      return false;
    }
  }

  #make(): void {
    const file = openFileSync(
      this.#path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_LINK,
    );
    try {
      const block = noise();
      HEADER.copy(block);
      for (let written = 0; written < this.#sizeBytes; written += BLOCK)
        writeSync(file, block, 0, Math.min(BLOCK, this.#sizeBytes - written));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

/** Whether the reserve exists, which shows that there was a store. */
export function hasReserve(storePath: string): boolean {
  return reserveAt(`${storePath}.reserve`).kind === "reserve";
}

type Found = { readonly kind: "none" | "foreign" } | { readonly kind: "reserve"; readonly sizeBytes: number };

function reserveAt(path: string): Found {
  let file: number;
  try {
    file = openFileSync(path, constants.O_RDONLY | NO_LINK);
  } catch (error) {
    return { kind: isAbsent(error) ? "none" : "foreign" };
  }
  try {
    const stats: Stats = fstatSync(file);
    if (!stats.isFile()) return { kind: "foreign" };
    const start = Buffer.alloc(HEADER.length);
    const read = readSync(file, start, 0, start.length, 0);
    // A shorter file is an interrupted creation. Version 0.3.0 wrote noise without a header.
    const isOurs = [HEADER, noise()].some((bytes) => start.compare(bytes, 0, read, 0, read) === 0);
    return isOurs ? { kind: "reserve", sizeBytes: stats.size } : { kind: "foreign" };
  } finally {
    closeSync(file);
  }
}

function noise(): Buffer {
  let state = 1;
  return Buffer.from(
    Uint8Array.from({ length: BLOCK }, () => {
      // Marsaglia's xorshift.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    }),
  );
}
