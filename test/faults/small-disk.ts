// A file system that fills up.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { reapLater } from "../process.ts";

/** A small file system. It is unmounted with the test. */
export interface SmallDisk {
  readonly folder: string;
  /** Leaves no room. */
  fill(): void;
  /** Gives the room back. */
  free(): void;
}

/** Mounts one in `folder`; `undefined` where this may not be done. */
export function smallDisk(folder: string): SmallDisk | undefined {
  mkdirSync(folder);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  reapLater(async () => void execFileSync("umount", ["-l", folder]));
  const filler = join(folder, "filler");
  return {
    folder,
    fill() {
      try {
        for (;;) appendFileSync(filler, Buffer.alloc(4_096));
      } catch {
        // It is full.
      }
    },
    free: () => rmSync(filler, { force: true }),
  };
}
