import { expect, test } from "vitest";
import { mountsFromMountinfo } from "../../../src/host/readings/file-systems.ts";

test("a machine's disks are read, but not file systems in memory or on the network", () => {
  const text = `22 27 0:21 / /proc rw,relatime - proc proc rw
25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
28 27 254:2 / /mnt/two\\040words ro,nosuid - xfs /dev/vdb rw
29 27 0:40 / /mnt/nfs rw - nfs4 filer:/export rw
30 27 7:0 / /snap/core/1 ro,nodev - squashfs /dev/loop0 ro
31 27 0:41 / /tank rw,xattr shared:9 master:2 - zfs tank rw,xattr
32 27 0:42 / /mnt/ssh rw - fuse.sshfs me@there: rw
33 27 0:43 / /mnt/gone rw - fuse /dev/fuse rw
34 27 8:17 / /mnt/stick rw - fuseblk /dev/sdb1 rw
`;
  expect(mountsFromMountinfo(text)).toEqual([
    { mountPoint: "/", device: "/dev/vda1", type: "ext4", mode: "rw" },
    { mountPoint: "/mnt/two words", device: "/dev/vdb", type: "xfs", mode: "ro" },
    { mountPoint: "/tank", device: "tank", type: "zfs", mode: "rw" },
    { mountPoint: "/mnt/stick", device: "/dev/sdb1", type: "fuseblk", mode: "rw" },
  ]);
});

test("a container's own root counts, and the disk of its files once", () => {
  const text = `600 500 0:52 / / rw,relatime - overlay overlay rw,lowerdir=/a:/b,upperdir=/c
610 600 8:1 /var/lib/docker/containers/x/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw
611 600 8:1 /var/lib/docker/containers/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw
`;
  expect(mountsFromMountinfo(text)).toEqual([
    { mountPoint: "/", device: "overlay", type: "overlay", mode: "rw" },
    { mountPoint: "/etc/hosts", device: "/dev/sda1", type: "ext4", mode: "rw" },
  ]);
});

test("of several mounts of a device the one with its root counts, else the shortest", () => {
  const text = `1 0 0:31 /@home /h rw - btrfs /dev/sda2 rw,subvol=/@home
2 0 0:30 / /mnt/whole rw - btrfs /dev/sda2 rw
3 0 0:30 / /whole rw - btrfs /dev/sda2 rw
4 0 0:30 / /mnt/whole/again rw - btrfs /dev/sda2 rw
`;
  expect(mountsFromMountinfo(text).map(({ mountPoint }) => mountPoint)).toEqual(["/whole"]);
});

test("a later mount hides an earlier one at the same path", () => {
  const text = `1 0 0:2 / / rw - rootfs rootfs rw
2 1 8:1 / / rw - ext4 /dev/sda1 rw
3 2 8:2 / /data rw - ext4 /dev/sdb1 rw
4 2 0:9 / /data rw - tmpfs tmpfs rw
`;
  expect(mountsFromMountinfo(text).map(({ device }) => device)).toEqual(["/dev/sda1"]);
});

test("at most 64 mounts are read", () => {
  const lines = Array.from({ length: 200 }, (_, i) => `${i} 0 8:${i} / /m${i} rw - ext4 /dev/sd${i} rw`);
  expect(mountsFromMountinfo(lines.join("\n"))).toHaveLength(64);
});

test.each(["", "\n\n", "nonsense", "1 2 3", "1 2 3 / /x rw", "1 2 3 / /x rw - "])(
  "lines without a mount are skipped: %j",
  (text) => {
    expect(mountsFromMountinfo(text)).toEqual([]);
  },
);
