// Which file systems are mounted on Linux.

/** A mounted file system. */
export interface Mount {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
  readonly mode: "rw" | "ro";
}

const MAX_MOUNTS = 64;

// Images that are full from the start and stay so: snaps, disks to install from.
const IMAGES: ReadonlySet<string> = new Set(["squashfs", "iso9660", "udf", "erofs", "cramfs"]);

/**
 * Reads `/proc/self/mountinfo`: what is mounted from a device, ZFS, and whatever is mounted at `/`. A device that is
 * mounted several times counts once, where its root is or the path is the shortest. At most 64.
 */
export function mountsFromMountinfo(text: string): readonly Mount[] {
  const visible = new Map<string, MountLine>();
  for (const line of text.split("\n")) {
    const mount = mountFromLine(line);
    // What was mounted later on the same place hides what was there.
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
  /** What of the file system is mounted: `/` where it is all of it. */
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

// Blank, tab, line feed and backslash are written as octal numbers.
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function isOnDisk({ mountPoint, device, type }: MountLine): boolean {
  if (mountPoint === "/") return true;
  // Behind `fuse` is a program, which may not answer; behind `fuseblk` is a disk.
  if (IMAGES.has(type) || /^fuse(?:\.|$)/.test(type)) return false;
  return device.startsWith("/dev/") || type === "zfs";
}

function isNearer(mount: MountLine, other: MountLine): boolean {
  if ((mount.root === "/") !== (other.root === "/")) return mount.root === "/";
  return mount.mountPoint.length < other.mountPoint.length;
}
