// The lock of a folder: a socket in it, on which the owner listens. It shows other processes that the owner lives, and
// ends with it. The kernel accepts connections even if the owner is busy or stopped, and in all containers of a
// machine. Process ids are reused and differ between containers, so they are not used.
import { errorCode } from "../../diagnostics/error-message.ts";
import { randomBytes } from "node:crypto";
import { type FileHandle, open, symlink, unlink } from "node:fs/promises";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OwnerLock {
  /** Releases the folder: any process may take it over. */
  release(): Promise<void>;
}

/** Maximum bytes of a socket's path. The limit is 104 on macOS and 108 on Linux; longer paths are cut off silently. */
const MAX_PATH_BYTES = 100;

/**
 * Takes the lock of a new folder.
 *
 * @param id name of the folder, and of the lock on Windows, which has no sockets in folders.
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

/** Whether the owner of a folder lives; true in doubt. */
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

/** A path to a socket, valid until it is released. */
export interface ReachablePath {
  readonly path: string;
  release(): Promise<void>;
}

/** The address of the lock, by an indirect path if the folder's path is too long. */
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
    // Without `exclusive`, the primary of a cluster would listen for the worker, and outlive it.
    server.listen({ path, exclusive: true }, () => {
      server.off("error", reject);
      // Failures to accept (such as no descriptors left) do not matter: the kernel has accepted the connection already.
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
