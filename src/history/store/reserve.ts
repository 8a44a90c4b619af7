// Room that is kept for a disk without room.
import { closeSync, constants, fstatSync, fsyncSync, readSync, rmSync, type Stats, writeSync } from "node:fs";
import { isAbsent, openFileSync } from "../../io/files/open-file.ts";

const HEADER = Buffer.from("tachymeter reserve\n");
// What is written cannot be compressed away by a file system.
const BLOCK = 64 * 1024;
const NO_LINK = constants.O_NOFOLLOW ?? 0;

/** A file that is removed first if the disk is full, since SQLite needs room even to delete. */
export class Reserve {
  readonly #path: string;
  readonly #sizeBytes: number;
  readonly #warn: (message: string) => void;

  constructor(storePath: string, sizeBytes: number, warn: (message: string) => void) {
    this.#path = `${storePath}.reserve`;
    this.#sizeBytes = sizeBytes;
    this.#warn = warn;
  }

  /** Makes the reserve, if there is room. */
  take(): void {
    const found = reserveAt(this.#path);
    if (found.kind === "foreign") {
      this.#warn(
        `"${this.#path}": it is not a reserve of ours and was left alone; a full disk will lose figures`,
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

  /** Returns whether there was a reserve. */
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

/** A reserve shows that a store was there. */
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
    // One that is shorter was being made when the disk or the process gave out; version 0.3.0 wrote noise alone.
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
