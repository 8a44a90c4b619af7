// The servers of a process on this machine, by Linux' tables of sockets.
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { readTextSync } from "../../io/files/open-file.ts";

// State of a socket that listens.
const LISTENS = "0A";
const MAX_ENDPOINTS = 16;

/** URLs at which a process may serve its metrics. @throws Error if the process cannot be seen. */
export function endpointsOf(pid: number): readonly URL[] {
  if (process.platform !== "linux")
    throw new Error("profile: a process ID needs Linux; specify the URL of its endpoint");
  const inodes = socketsOf(pid);
  const ports = new Set<number>();
  // With IPv6 off, there is no table of it.
  const tables = ["tcp", "tcp6"].map((name) => `/proc/${pid}/net/${name}`).filter((path) => existsSync(path));
  for (const table of tables) {
    for (const line of readTextSync(table).split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      if (state === LISTENS && inodes.has(inode)) ports.add(Number.parseInt(local.split(":")[1] ?? "", 16));
    }
  }
  return [...ports].slice(0, MAX_ENDPOINTS).map((port) => new URL(`http://127.0.0.1:${port}`));
}

function socketsOf(pid: number): ReadonlySet<string> {
  const folder = `/proc/${pid}/fd`;
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (cause) {
    throw new Error(`profile: process ${pid} does not exist, or belongs to another user`, { cause });
  }
  return new Set(
    names.flatMap((name) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${name}`))?.[1] ?? [];
      } catch {
        // Closed meanwhile.
        return [];
      }
    }),
  );
}
