/** A mounted file system. */
export interface Mount {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
  readonly mode: "rw" | "ro";
}

const MAX_MOUNTS = 64;

// Read-only images, always full: snaps, installation disks.
const IMAGES: ReadonlySet<string> = new Set(["squashfs", "iso9660", "udf", "erofs", "cramfs"]);

/**
 * Mounts of devices and of ZFS, and the one at `/`, from `/proc/self/mountinfo`; at most 64. A device that is mounted
 * several times counts once: its root, else the shortest path.
 */
export function mountsFromMountinfo(text: string): readonly Mount[] {
  const visible = new Map<string, MountLine>();
  for (const line of text.split("\n")) {
    const mount = mountFromLine(line);
    // A later mount hides an earlier one at the same place.
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
  /** Mounted part of the file system: `/` for all of it. */
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

// Blank, tab, line feed and backslash are octal numbers.
function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function isOnDisk({ mountPoint, device, type }: MountLine): boolean {
  if (mountPoint === "/") return true;
  // `fuse` is served by a program, which may hang; `fuseblk` is a disk.
  if (IMAGES.has(type) || /^fuse(?:\.|$)/.test(type)) return false;
  return device.startsWith("/dev/") || type === "zfs";
}

function isNearer(mount: MountLine, other: MountLine): boolean {
  if ((mount.root === "/") !== (other.root === "/")) return mount.root === "/";
  return mount.mountPoint.length < other.mountPoint.length;
}
