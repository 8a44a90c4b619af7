// How full the file systems are.
import { statfs } from "node:fs/promises";
import { seldomText } from "./file-text.ts";
import { type Mount, mountsFromMountinfo } from "./mounts.ts";

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

// Each question holds a thread of the pool until it is answered, so there is one for each path at most.
const open = new Map<string, Promise<SpaceReading | undefined>>();

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
  return open.get(path) ?? ask(path);
}

// Late answers go nowhere, but until they come nobody asks again.
function ask(path: string): Promise<SpaceReading | undefined> {
  const answer = statfs(path).then(spaceFrom, () => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    // Where the event loop was held up, the answer is there by now, and is seen in this turn of it.
    timer = setTimeout(() => void setImmediate(resolve, undefined), MAX_WAIT_MILLIS);
    timer.unref();
  });
  const inTime = Promise.race([answer, late]);
  open.set(path, inTime);
  void answer.then(() => {
    clearTimeout(timer);
    open.delete(path);
  });
  return inTime;
}

/** Where the system itself lies: `/`, on Windows the system drive. */
export function systemMountPoint(): string {
  return process.platform === "win32" ? `${process.env["SystemDrive"] ?? "C:"}\\` : "/";
}

// There may be hundreds.
async function mounts(): Promise<readonly (Mount | Pick<Mount, "mountPoint">)[]> {
  const mountinfo = process.platform === "linux" ? await seldomText("/proc/self/mountinfo") : undefined;
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
