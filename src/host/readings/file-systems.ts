// How full the file systems are.
import { statfs } from "node:fs/promises";
import { type Mount, mountsFromMountinfo } from "./mounts.ts";
import { fileText } from "./file-text.ts";

/** How full a file system is. The parts of the space add up to `totalBytes`. */
export interface SpaceReading {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** What programs of ordinary users can still use. */
  readonly freeBytes: number;
  /** What is free for the system alone. */
  readonly reservedBytes: number;
}

/** One mounted file system. */
export interface FileSystemReading extends SpaceReading {
  /** Where it is mounted: `/`, `C:\`. */
  readonly mountPoint: string;
  /** These three are absent outside of Linux. */
  readonly device?: string;
  /** `ext4`, `overlay`. */
  readonly type?: string;
  readonly mode?: "rw" | "ro";
}

// What lies beneath a file system may be gone, and then nobody answers.
const MAX_WAIT_MILLIS = 500;
const unanswered = new Set<string>();

let known: { readonly mountinfo: string; readonly mounts: readonly Mount[] } | undefined;

/**
 * The local file systems that hold files on a disk, and the one of `/`, each once; outside of Linux only the system's.
 * A file system that cannot be asked, or does not answer within half a second, is left out.
 */
export async function readFileSystems(): Promise<readonly FileSystemReading[]> {
  const readings = await Promise.all(
    (await mounts()).map(async (mount) => {
      const space = await readFileSystem(mount.mountPoint);
      return space === undefined ? undefined : { ...mount, ...space };
    }),
  );
  return readings.filter((reading) => reading !== undefined);
}

/** How full the file system is on which `path` lies; `undefined` where it cannot be asked or does not answer. */
export async function readFileSystem(path: string): Promise<SpaceReading | undefined> {
  // Each question without an answer holds a thread of the pool, so there is never a second one.
  if (unanswered.has(path)) return undefined;
  unanswered.add(path);
  const asked = statfs(path)
    .then(spaceFrom, () => undefined)
    .finally(() => unanswered.delete(path));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, MAX_WAIT_MILLIS, undefined);
    timer.unref();
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the system itself lies: `/`, on Windows the system drive. */
export function systemMountPoint(): string {
  return process.platform === "win32" ? `${process.env["SystemDrive"] ?? "C:"}\\` : "/";
}

// They hardly ever change, and there may be hundreds.
async function mounts(): Promise<readonly (Mount | Pick<Mount, "mountPoint">)[]> {
  const mountinfo = process.platform === "linux" ? await fileText("/proc/self/mountinfo") : undefined;
  if (mountinfo === undefined) return [{ mountPoint: systemMountPoint() }];
  if (mountinfo !== known?.mountinfo) known = { mountinfo, mounts: mountsFromMountinfo(mountinfo) };
  return known.mounts;
}

interface Blocks {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
}

function spaceFrom({ bsize, blocks, bfree, bavail }: Blocks): SpaceReading | undefined {
  if (blocks === 0) return undefined;
  // Some file systems tell fewer free blocks than available ones.
  const free = Math.min(bavail, bfree);
  return {
    totalBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    freeBytes: free * bsize,
    reservedBytes: (bfree - free) * bsize,
  };
}
