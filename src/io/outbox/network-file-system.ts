// Locks of folders hold within one machine; a directory that machines share would be taken over while its owners live.
import { statfs } from "node:fs/promises";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";

// By the numbers of Linux' `statfs(2)`.
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x00006969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x0000517b, "SMB"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x0bd00bd0, "Lustre"],
]);

/** Warns where the directory lies on a file system that other machines may share. */
export async function warnOfNetwork(directory: string): Promise<void> {
  if (process.platform !== "linux") return;
  const { type } = await statfs(directory);
  const name = NETWORK_FILE_SYSTEMS.get(type >>> 0);
  if (name === undefined) return;
  warnOnceAMinute(
    `outbox "${directory}": lies on a network file system (${name}); give each machine a directory of its own, ` +
      "since one that several share is taken over while its owners live",
  );
}
