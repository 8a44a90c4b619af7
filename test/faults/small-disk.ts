// A file system that fills up.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { reapLater } from "../kit/process.ts";

const SIZE_BYTES = 2 * 1_024 * 1_024;
const PIECE_BYTES = 4_096;

/** A small file system, unmounted at the end of the test. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills the file system. */
  fill(): void;
  /** Frees the space again. */
  free(): void;
}

/** Mounts a small file system in `folder`; `undefined` if this is not permitted. */
export function smallDisk(folder: string): SmallDisk | undefined {
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_BYTES}`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  reapLater(async () => void execFileSync("umount", ["-l", folder]));
  const filler = join(folder, "filler");
  return {
    folder,
    fill() {
      try {
        for (let bytes = 0; bytes < SIZE_BYTES; bytes += PIECE_BYTES) {
          appendFileSync(filler, Buffer.alloc(PIECE_BYTES));
        }
      } catch {
        // It is full.
      }
    },
    free: () => rmSync(filler, { force: true }),
  };
}
