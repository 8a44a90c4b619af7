// A lock by which others know that the owner of a folder lives, and which dies with it: a socket in the folder on which it listens. The
// kernel answers for the owner, so a busy or stopped one counts as alive, and for all containers of a machine. Process
// ids are given out again and differ between containers, so they are not asked.
import { errorCode } from "../../diagnostics/error-message.ts";
import { randomBytes } from "node:crypto";
import { type FileHandle, open, symlink, unlink } from "node:fs/promises";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OwnerLock {
  /** Gives the folder up: anyone may take it over. */
  release(): Promise<void>;
}

/** Where paths of sockets become too long, in bytes: 104 on macOS, 108 on Linux; beyond it they are cut off silently. */
const MAX_PATH_BYTES = 100;

/**
 * Takes the lock of a folder that nobody has had yet.
 *
 * @param id the folder's name, by which the lock is known if sockets have no place in folders (Windows).
 */
export async function holdLock(folder: string, id: string): Promise<OwnerLock> {
  const address = await reachable(folder, id);
  const server = createServer((socket) => socket.destroy());
  try {
    await listening(server, address.path);
  } catch (error) {
    await address.release();
    throw error;
  }
  server.unref();
  return {
    release: async () => {
      await new Promise((resolve) => server.close(resolve));
      await address.release();
    },
  };
}

/** Whether the owner of a folder lives. In doubt it does. */
export async function isHeld(folder: string, id: string): Promise<boolean> {
  const address = await reachable(folder, id);
  try {
    const refusal = await connecting(address.path);
    return refusal !== "ECONNREFUSED" && refusal !== "ENOENT";
  } finally {
    await address.release();
  }
}

export function lockPath(folder: string): string {
  return join(folder, "owner");
}

/** A path by which a socket can be reached as long as it is not released. */
export interface ReachablePath {
  readonly path: string;
  release(): Promise<void>;
}

/** The lock's address, by a detour if the folder's path is too long for one. */
export async function reachable(
  folder: string,
  id: string,
  platform: NodeJS.Platform = process.platform,
): Promise<ReachablePath> {
  const path = lockPath(folder);
  if (platform === "win32") return { path: `\\\\.\\pipe\\tachymeter-outbox-${id}`, release: async () => {} };
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return { path, release: async () => {} };
  if (platform === "linux") {
    const handle: FileHandle = await open(folder, "r");
    return { path: lockPath(`/proc/self/fd/${handle.fd}`), release: () => handle.close() };
  }
  const link = join(tmpdir(), `tm-${randomBytes(6).toString("hex")}`);
  await symlink(folder, link);
  return { path: lockPath(link), release: () => unlink(link) };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // In a cluster the primary would listen in the worker's place, and outlive it.
    server.listen({ path, exclusive: true }, () => {
      server.off("error", reject);
      // What it cannot accept later (no descriptors left, for instance) the kernel has accepted already.
      server.on("error", () => {});
      resolve();
    });
  });
}

function connecting(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on("error", (error) => resolve(errorCode(error) ?? "unknown"));
  });
}
