// The lock of a folder: a socket in it, on which the owner listens. It shows other processes that the owner lives, and
// ends with it. The kernel accepts connections even if the owner is busy or stopped, and in all containers of a
// machine. Process ids are reused and differ between containers, so they are not used.
import { errorCode } from "../diagnostics/error-message.ts";
import { randomBytes } from "node:crypto";
import { closeSync, openSync, symlinkSync, unlinkSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemTimers } from "./timeout.ts";

export interface OwnerLock {
  /** Releases the folder: any process may take it over. */
  release(): Promise<void>;
}

/** Maximum bytes of a socket's path. The limit is 104 on macOS and 108 on Linux; longer paths are cut off silently. */
const MAX_PATH_BYTES = 100;

const MAX_RESETS = 5;
const MIN_CONNECTION_MILLIS = 100;

/**
 * Takes the lock of a new folder. Neither the lock nor its connections keep the process alive.
 *
 * @param pipe name of the lock on Windows, which has no sockets in folders.
 * @param onConnection called with each process that watches the owner. By default, connections are closed.
 * @throws Error if the system refuses the socket; its reason is not known synchronously.
 */
export function holdLock(
  folder: string,
  pipe: string,
  onConnection: (socket: Socket) => void = (socket) => void socket.destroy(),
): OwnerLock {
  const address = reachable(folder, pipe);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.unref());
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  // Failures to accept (such as no descriptors left) do not matter: the kernel has accepted the connection already.
  server.on("error", () => {});
  // Without `exclusive`, the primary of a cluster would listen for the worker, and outlive it.
  server.listen({ path: address.path, exclusive: true }).unref();
  if (!server.listening) {
    address.release();
    throw Object.assign(new Error(`no socket can be made in "${folder}"`), { code: "ENOTSUP" });
  }
  // A bound socket needs no link to its folder, which a killed process would leave. On Linux, the end of the server removes the
  // path through the descriptor, which must lead to the folder until then.
  const needsAddress = process.platform === "linux";
  if (!needsAddress) address.release();
  return {
    release: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      if (needsAddress) address.release();
    },
  };
}

/** Whether the owner of a folder lives; true in doubt. */
export async function isHeld(folder: string, pipe: string): Promise<boolean> {
  const owner = await ownerOf(folder, pipe, (socket) => socket);
  if (typeof owner !== "string") owner.destroy();
  return owner !== "dead";
}

/**
 * Connects to the owner of a folder; the connection ends with the owner, and does not keep the process alive.
 *
 * @returns the connection, `dead` if no owner lives, or `unknown` if this cannot be decided now.
 */
export function connectToOwner(folder: string, pipe: string): Promise<Socket | "dead" | "unknown"> {
  return ownerOf(folder, pipe, (socket) => socket.unref());
}

async function ownerOf(
  folder: string,
  pipe: string,
  prepared: (socket: Socket) => Socket,
): Promise<Socket | "dead" | "unknown"> {
  try {
    // Reset, if the owner ends at this moment: the next attempt is refused.
    for (let attempt = 0; attempt < MAX_RESETS; attempt++) {
      const address = reachable(folder, pipe);
      const connection = connecting(prepared(connect({ path: address.path })));
      const owner = await connection.finally(() => address.release());
      if (typeof owner !== "string") return owner;
      if (owner !== "ECONNRESET") return isDead(owner) ? "dead" : "unknown";
    }
    return "unknown";
  } catch (error) {
    return isDead(errorCode(error)) ? "dead" : "unknown";
  }
}

/** Calls `listener` after the end of a connection, 100 ms after its begin or later: without descriptors, owners end each at once. */
export function onOwnerEnd(owner: Socket, listener: () => void): void {
  const earliest = performance.now() + MIN_CONNECTION_MILLIS;
  owner.once("close", () => void systemTimers.setTimer(listener, earliest - performance.now()));
}

export function lockPath(folder: string): string {
  return join(folder, "owner");
}

/** The address of the lock, valid until it is released: by an indirect path if the folder's path is too long. */
export function reachable(
  folder: string,
  pipe: string,
  platform: NodeJS.Platform = process.platform,
): { readonly path: string; release(): void } {
  const direct = directPath(folder, pipe, platform);
  if (direct !== undefined) return { path: direct, release: () => {} };
  if (platform === "linux") {
    const descriptor = openSync(folder, "r");
    return { path: lockPath(`/proc/self/fd/${descriptor}`), release: () => closeSync(descriptor) };
  }
  const link = join(tmpdir(), `tm-${randomBytes(6).toString("hex")}`);
  symlinkSync(folder, link);
  return { path: lockPath(link), release: () => unlinkSync(link) };
}

function directPath(folder: string, pipe: string, platform: NodeJS.Platform): string | undefined {
  if (platform === "win32") return `\\\\.\\pipe\\tachymeter-${pipe}`;
  const path = lockPath(folder);
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : undefined;
}

/** The connected socket, or the system's code of the refusal. */
function connecting(socket: Socket): Promise<Socket | string> {
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(socket));
    socket.on("error", (error) => resolve(errorCode(error) ?? "unknown"));
  });
}

function isDead(refusal: string | undefined): boolean {
  return refusal === "ECONNREFUSED" || refusal === "ENOENT";
}
