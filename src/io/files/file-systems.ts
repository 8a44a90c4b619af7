// By the type numbers of Linux' `statfs(2)`.
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x00006969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0000517b, "SMB"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
]);
// File systems that a virtual machine or a program provides: maybe shared, and often without sockets.
const FOREIGN_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x01021997, "9p"],
  [0x65735546, "FUSE"],
  [0x786f4256, "VirtualBox"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
]);

/** Name of a file system that other machines may share, by its type in Linux; `undefined` for all others. */
export function networkFileSystem(type: number): string | undefined {
  return NETWORK_FILE_SYSTEMS.get(type >>> 0);
}

/** As {@link networkFileSystem}, and file systems that another machine or a program may provide. */
export function remoteFileSystem(type: number): string | undefined {
  return networkFileSystem(type) ?? FOREIGN_FILE_SYSTEMS.get(type >>> 0);
}
