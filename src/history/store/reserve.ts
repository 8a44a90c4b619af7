// Room that is kept for a disk without room.
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";

// What is written cannot be compressed away by a file system.
const BLOCK = 64 * 1024;

/**
 * A file beside the store that is given up first where the disk is full: SQLite needs room even to delete.
 */
export class Reserve {
  readonly #path: string;
  readonly #sizeBytes: number;

  constructor(storePath: string, sizeBytes: number) {
    this.#path = `${storePath}.reserve`;
    this.#sizeBytes = sizeBytes;
  }

  /** Makes the reserve, unless it is there already. Where there is no room for it, there is none. */
  take(): void {
    if (sizeOf(this.#path) >= this.#sizeBytes) return;
    try {
      const file = openSync(this.#path, "w");
      try {
        const block = noise();
        for (let written = 0; written < this.#sizeBytes; written += BLOCK)
          writeSync(file, block, 0, Math.min(BLOCK, this.#sizeBytes - written));
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch {
      this.release();
    }
  }

  /** Gives the room back. Answers whether there was any. */
  release(): boolean {
    const had = sizeOf(this.#path) > 0;
    try {
      rmSync(this.#path, { force: true });
    } catch {
      return false;
    }
    return had;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function noise(): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: BLOCK }, () => {
    // Marsaglia's xorshift.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}
