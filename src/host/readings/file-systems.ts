import { statfs } from "node:fs/promises";
import { withTimeout } from "../../io/timeout.ts";
import { nextTurn } from "../../io/yield.ts";
import { seldomText } from "./file-text.ts";
import { type Mount, mountsFromMountinfo } from "./mounts.ts";

/** Space of a file system; its parts add up to `totalBytes`. */
export interface SpaceReading {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Available to ordinary users. */
  readonly freeBytes: number;
  /** Free for the system alone. */
  readonly reservedBytes: number;
}

/** A mounted file system. `device`, `type` and `mode` are absent outside of Linux. */
export interface FileSystemReading extends SpaceReading {
  /** `/`, `C:\`. */
  readonly mountPoint: string;
  readonly device?: string;
  /** `ext4`, `overlay`. */
  readonly type?: string;
  readonly mode?: "rw" | "ro";
}

// A file system whose disk or server is gone never answers.
const MAX_WAIT_MILLIS = 500;

// At most one call for each path, since a pending call holds a thread of the pool.
const pending = new Map<string, Promise<SpaceReading | undefined>>();

let known: { readonly mountinfo: string; readonly mounts: readonly Mount[] } | undefined;

/**
 * The local file systems on disks, and the one of `/`, each once; outside of Linux only the system's. A file system that
 * does not answer within half a second is left out.
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

/** The file system of `path`; `undefined` if it does not answer. */
export async function readFileSystem(path: string): Promise<SpaceReading | undefined> {
  return pending.get(path) ?? ask(path);
}

// A late answer is ignored, but until it comes `path` is not asked again.
function ask(path: string): Promise<SpaceReading | undefined> {
  const answer = statfs(path).then(spaceFrom, () => undefined);
  // If the event loop was blocked, the answer is seen in this turn.
  const late = (): Promise<SpaceReading | void> => Promise.race([answer, nextTurn()]);
  const inTime = withTimeout(answer, MAX_WAIT_MILLIS, async () => (await late()) ?? undefined);
  pending.set(path, inTime);
  void answer.then(() => pending.delete(path));
  return inTime;
}

/** `/`, on Windows the system drive. */
export function systemMountPoint(): string {
  return process.platform === "win32" ? `${process.env["SystemDrive"] ?? "C:"}\\` : "/";
}

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
  // Some file systems report fewer free blocks than available ones.
  const free = Math.min(bavail, bfree);
  return {
    totalBytes: blocks * bsize,
    usedBytes: (blocks - bfree) * bsize,
    freeBytes: free * bsize,
    reservedBytes: (bfree - free) * bsize,
  };
}
