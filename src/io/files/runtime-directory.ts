// The directory for figures that processes share, such as those of a group: local, private and writable. Every check
// returns its reason, for one log message.
import { accessSync, constants, lstatSync, mkdirSync, statSync, statfsSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { absolutePath } from "./absolute-path.ts";
import { errorCode, errorMessage } from "../../diagnostics/error-message.ts";
import { remoteFileSystem } from "./file-systems.ts";
import { FOLDER_MODE, makeFolderSync } from "./open-file.ts";
import type { Environment } from "../../options/environment.ts";

/** A directory that cannot be used, and why. */
export interface Refusal {
  readonly directory: string;
  readonly reason: string;
}

/** A directory that can be used, or all that cannot. */
export type RuntimeDirectory =
  | { readonly directory: string }
  | { readonly directory: undefined; readonly refusals: readonly Refusal[] };

/** Parts of the system that tests replace. */
export interface System {
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  /** User id; `undefined` on Windows, whose folders are private to their user. */
  readonly uid: number | undefined;
  /** Type of the file system of an existing path, as a number of Linux. */
  readonly fileSystemType: (path: string) => number;
}

export const thisSystem = (): System => ({
  platform: process.platform,
  env: process.env,
  uid: process.getuid?.(),
  fileSystemType: (path) => statfsSync(path).type,
});

/**
 * Finds `<runtime>/tachymeter-<uid>`, in the first directory that can be used. Creates nothing: that is done by
 * {@link makePrivateFolder} once there is a group.
 */
export function findRuntimeDirectory(system: System = thisSystem()): RuntimeDirectory {
  const refusals: Refusal[] = [];
  for (const runtime of candidates(system)) {
    const directory = join(runtime, `tachymeter-${system.uid ?? userInfo().username}`);
    const reason = reasonAgainst(runtime, system) ?? reasonAgainstFolder(directory, system.uid);
    if (reason === undefined) return { directory };
    refusals.push({ directory: runtime, reason });
  }
  return { directory: undefined, refusals };
}

/** Reason why a directory from the options cannot be used; it may not exist yet. */
export function reasonAgainstDirectory(directory: string, system: System = thisSystem()): string | undefined {
  try {
    const path = absolutePath(directory);
    return reasonAgainst(nearestExisting(path), system) ?? reasonAgainstOwner(path, system.uid);
  } catch (error) {
    return errorMessage(error);
  }
}

/** Creates a folder for this user only, with its parents. Returns the reason if it cannot be used. */
export function makePrivateFolder(path: string): string | undefined {
  try {
    const parent = dirname(path);
    if (statSync(parent, { throwIfNoEntry: false }) === undefined) makeFolderSync(parent, FOLDER_MODE);
    mkdirSync(path, { mode: FOLDER_MODE });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") return errorMessage(error);
  }
  return reasonAgainstFolder(path, thisSystem().uid);
}

/** Reason why an existing folder cannot hold figures; `undefined` if it can, or does not exist. */
export function reasonAgainstFolder(path: string, uid: number | undefined): string | undefined {
  const reason = reasonAgainstOwner(path, uid);
  if (reason !== undefined || uid === undefined) return reason;
  const mode = lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & 0o077) === 0
    ? undefined
    : `${path} is open to other users; remove it or set its mode to 0700`;
}

function reasonAgainstOwner(path: string, uid: number | undefined): string | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (stats.isSymbolicLink()) return `${path} is a symbolic link`;
    if (!stats.isDirectory()) return `${path} is not a folder`;
    return uid === undefined || stats.uid === uid
      ? undefined
      : `${path} belongs to another user (uid ${stats.uid})`;
  } catch (error) {
    return errorMessage(error);
  }
}

function candidates({ platform, env }: System): readonly string[] {
  if (platform === "win32")
    return [env["LOCALAPPDATA"] === undefined ? tmpdir() : join(env["LOCALAPPDATA"], "Temp")];
  const given = env["XDG_RUNTIME_DIR"];
  const own = given?.startsWith("/") === true ? [given] : [];
  const shared = platform === "linux" ? ["/dev/shm"] : [];
  // The folder of a login ends with it, and only processes that were started within it know it.
  const isOfLogin = given?.startsWith("/run/user/") === true;
  return isOfLogin ? [...shared, ...own, tmpdir()] : [...own, ...shared, tmpdir()];
}

function reasonAgainst(path: string, system: System): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return "is not a folder";
    accessSync(path, constants.W_OK | constants.X_OK);
    const remote = system.platform === "linux" ? remoteFileSystem(system.fileSystemType(path)) : undefined;
    return remote === undefined ? undefined : `is on a file system that is not local (${remote})`;
  } catch (error) {
    return errorCode(error) === "ENOENT" ? "does not exist" : errorMessage(error);
  }
}

function nearestExisting(path: string): string {
  for (let folder = path; ; folder = dirname(folder)) {
    if (folder === dirname(folder) || mayExist(folder)) return folder;
  }
}

// A folder that may not be looked at is refused by the next check, with the reason.
function mayExist(folder: string): boolean {
  try {
    return statSync(folder, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
