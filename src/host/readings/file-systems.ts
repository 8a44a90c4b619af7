import { statfs, type StatsFs } from "node:fs";
import { promisify } from "node:util";
import { withTimeout } from "../../io/timeout.ts";
import { nextTurn } from "../../io/yield.ts";
import { refused, seldomText } from "./file-text.ts";

/** Space of a file system; its parts add up to `totalBytes`. */
export interface SpaceReading {
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** Space available to ordinary users. */
  readonly freeBytes: number;
  /** Free space reserved for the system. */
  readonly reservedBytes: number;
}

/** A mounted file system. `device`, `type` and `mode` are absent outside of Linux. */
export interface FileSystemReading extends SpaceReading {
  /** Such as `/` or `C:\`. */
  readonly mountPoint: string;
  readonly device?: string;
  /** Such as `ext4` or `overlay`. */
  readonly type?: string;
  readonly mode?: "rw" | "ro";
}

// A call for a file system whose disk or server is gone never returns.
const MAX_WAIT_MILLIS = 500;

// At most one call for each path, since a pending call occupies a thread of the pool.
const pending = new Map<string, Promise<SpaceReading | undefined>>();

let known: { readonly mountinfo: string; readonly mounts: readonly Mount[] } | undefined;

/**
 * Reads the local file systems on disks and that of `/`, each once. Those that do not respond within half a second are
 * left out.
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

/** Reads the file system of `path`; `undefined` if it does not respond. */
export async function readFileSystem(path: string): Promise<SpaceReading | undefined> {
  return pending.get(path) ?? ask(path);
}

// A late response is ignored. Until it comes, `path` is not read again.
function ask(path: string): Promise<SpaceReading | undefined> {
  // As `namesIn`.
  const answer = promisify(statfs)(path).then(spaceFrom, (error: unknown) => refused(path, error));
  // If the event loop was blocked, a response that has arrived is used in this turn.
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

function spaceFrom({ bsize, blocks, bfree, bavail }: StatsFs): SpaceReading | undefined {
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

/** A mounted file system. */
export interface Mount {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
  readonly mode: "rw" | "ro";
}

const MAX_MOUNTS = 64;

// Read-only images, which are always full: snaps, installation disks.
const IMAGES: ReadonlySet<string> = new Set(["squashfs", "iso9660", "udf", "erofs", "cramfs"]);

/**
 * Returns the mounts of devices and ZFS, and `/`; at most 64. A device counts once: by its root, else the shortest
 * path.
 */
export function mountsFromMountinfo(text: string): readonly Mount[] {
  const visible = new Map<string, MountLine>();
  for (const line of text.split("\n")) {
    const mount = mountFromLine(line);
    // A later mount hides an earlier one at the same path.
    if (mount !== undefined) visible.set(mount.mountPoint, mount);
  }
  const byDevice = new Map<string, MountLine>();
  for (const mount of visible.values()) {
    if (!isOnDisk(mount)) continue;
    const key = mount.device.startsWith("/dev/") ? mount.device : mount.deviceNumber;
    const other = byDevice.get(key);
    if (other === undefined || isNearer(mount, other)) byDevice.set(key, mount);
  }
  return [...byDevice.values()]
    .slice(0, MAX_MOUNTS)
    .map(({ mountPoint, device, type, mode }) => ({ mountPoint, device, type, mode }));
}

interface MountLine extends Mount {
  readonly deviceNumber: string;
  /** Mounted part of the file system; `/` for all of it. */
  readonly root: string;
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
function mountFromLine(line: string): MountLine | undefined {
  const [place = "", fileSystem = ""] = line.split(" - ");
  const [, , deviceNumber = "", root = "", mountPoint = "", options = ""] = place.split(" ");
  const [type = "", device = ""] = fileSystem.split(" ");
  if (mountPoint === "" || type === "") return undefined;
  return {
    deviceNumber,
    root,
    mountPoint: unescaped(mountPoint),
    device: unescaped(device),
    type,
    mode: /^ro(?:,|$)/.test(options) ? "ro" : "rw",
  };
}

// Blanks, tabs, line feeds and backslashes are octal numbers.
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function isOnDisk({ mountPoint, device, type }: MountLine): boolean {
  if (mountPoint === "/") return true;
  // `fuse` is implemented by a process, which may hang; `fuseblk` is a disk.
  if (IMAGES.has(type) || /^fuse(?:\.|$)/.test(type)) return false;
  return device.startsWith("/dev/") || type === "zfs";
}

function isNearer(mount: MountLine, other: MountLine): boolean {
  if ((mount.root === "/") !== (other.root === "/")) return mount.root === "/";
  return mount.mountPoint.length < other.mountPoint.length;
}
