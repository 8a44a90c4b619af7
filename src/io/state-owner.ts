// The owner of state files: the only process that writes them.
//
// ```
//   <directory>/
//     .owner-3f2a…/     the claim of a process: a name of the files, and a random one
//       owner           a socket: see owner-lock.ts
// ```
//
// A claim is on disk before its maker looks for other ones. So if two processes claim at once, at least one of them sees
// the other, and withdraws. Names are never used again, so the claim of a dead process can be removed by any other.
import { randomId } from "./random-id.ts";
import { mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import type { Socket } from "node:net";
import { basename, join } from "node:path";
import { diag } from "@opentelemetry/api";
import { FOLDER_MODE } from "./files/open-file.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { connectToOwner, holdLock, lockPath, onOwnerEnd, type OwnerLock } from "./owner-lock.ts";
import { realClearTimeout, realSetTimeout } from "./timeout.ts";

/** Parts of an owner. */
export interface StateOwnerParts {
  readonly directory: string;
  /** First part of the names of claims. Different files in a folder have different ones. */
  readonly name: string;
  /** First word of messages, such as `alerts`. */
  readonly area: string;
  /** Message if another process owns the files. */
  readonly refusal: string;
  /** Called once this process owns the files. */
  readonly onOwned: () => void;
  /** Called once, if another process owns the files at the start. */
  readonly onRefused?: () => void;
}

const RANDOM = /^-[0-9a-f]{16}$/;
// Ending of a claim that is not locked yet.
const UNFINISHED = ".new";
const ABANDONED_AFTER_MILLIS = 60_000;
const RETRY_MILLIS = 100;
// In a handover of a group, the previous process needs a while to end.
const LOG_AFTER_MILLIS = 2_000;

/** Takes files at once, or when their owner ends. Nothing in it keeps the process alive. */
export class StateOwner {
  readonly #parts: StateOwnerParts;
  readonly #claim: string;
  #lock: OwnerLock | undefined;
  #isOwned = false;
  #isRefused = false;
  #isClosed = false;
  #watched: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #log: NodeJS.Timeout | undefined;

  constructor(parts: StateOwnerParts) {
    this.#parts = parts;
    this.#claim = join(parts.directory, `${parts.name}-${randomId()}`);
  }

  /** Takes the files, synchronously if there are no claims. */
  begin(): void {
    if (this.#others().length > 0) return void this.#stand();
    this.#make();
    if (this.#others().length === 0) this.#own();
    else void this.#stand();
  }

  /** Leaves the files to other processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    realClearTimeout(this.#retry);
    realClearTimeout(this.#log);
    this.#watched?.destroy();
    await this.#withdraw();
  }

  // Never rejects: its promise is not awaited.
  async #stand(): Promise<void> {
    try {
      await this.#compete();
    } catch (error) {
      const { area, directory } = this.#parts;
      diag.error(`${area}: folder "${directory}" cannot be used (${errorMessage(error)})`, error);
    }
  }

  async #compete(): Promise<void> {
    const dead: string[] = [];
    for (const name of this.#others()) {
      const owner = await connectToOwner(join(this.#parts.directory, name), pipeOf(name));
      if (owner === "dead") dead.push(name);
      else return this.#wait(owner);
    }
    if (this.#isClosed) return;
    if (this.#lock === undefined) {
      this.#make();
      // Another process may have claimed before this claim was on disk.
      return this.#compete();
    }
    for (const name of dead) removeClaim(join(this.#parts.directory, name));
    this.#own();
  }

  // Until the other process ends, or a little while if it cannot be watched.
  async #wait(owner: Socket | "unknown"): Promise<void> {
    const wasClaimed = this.#lock !== undefined;
    await this.#withdraw();
    if (owner !== "unknown" && (this.#isClosed || wasClaimed)) owner.destroy();
    if (this.#isClosed) return;
    this.#refuse();
    // After a random time, so that one of two processes that have both withdrawn comes first.
    if (owner === "unknown" || wasClaimed) {
      this.#retry = realSetTimeout(() => void this.#stand(), RETRY_MILLIS * (1 + Math.random())).unref();
      return;
    }
    // Bytes are not expected, but unread ones would delay the end.
    this.#watched = owner.resume();
    onOwnerEnd(owner, () => void this.#stand());
  }

  #refuse(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    const { area, refusal, onRefused } = this.#parts;
    this.#log = realSetTimeout(() => diag.warn(`${area}: ${refusal}`), LOG_AFTER_MILLIS).unref();
    onRefused?.();
  }

  #own(): void {
    if (this.#isOwned || this.#isClosed) return;
    this.#isOwned = true;
    realClearTimeout(this.#log);
    void removeAbandoned(this.#parts);
    this.#parts.onOwned();
  }

  // The claim gets its name only once it is locked, so that it is not taken for one of a dead process.
  #make(): void {
    const { area, directory } = this.#parts;
    const making = `${this.#claim}${UNFINISHED}`;
    try {
      mkdirSync(making, { mode: FOLDER_MODE });
      this.#lock = holdLock(making, pipeOf(basename(this.#claim)), (socket) => void socket.resume());
      renameSync(making, this.#claim);
    } catch (error) {
      diag.warn(
        `${area}: folder "${directory}" cannot be locked (${errorMessage(error)}); use it in one process only`,
      );
      void this.#lock?.release();
      removeClaim(making);
      this.#lock = { release: async () => {} };
    }
  }

  async #withdraw(): Promise<void> {
    const lock = this.#lock;
    if (lock === undefined) return;
    this.#lock = undefined;
    await lock.release();
    removeClaim(this.#claim);
  }

  #others(): readonly string[] {
    try {
      const own = basename(this.#claim);
      return readdirSync(this.#parts.directory).filter((name) => isClaim(name, this.#parts) && name !== own);
    } catch {
      return [];
    }
  }
}

function isClaim(name: string, { name: first }: StateOwnerParts): boolean {
  return name.startsWith(first) && RANDOM.test(name.slice(first.length));
}

/** Name of a lock on Windows. */
function pipeOf(claim: string): string {
  return `owner${claim.slice(claim.lastIndexOf("-"))}`;
}

/** Removes unfinished claims of processes that were killed. Never rejects. */
async function removeAbandoned(parts: StateOwnerParts): Promise<void> {
  const { directory } = parts;
  try {
    for (const name of readdirSync(directory)) {
      const claim = basename(name, UNFINISHED);
      if (claim === name || !isClaim(claim, parts)) continue;
      const folder = join(directory, name);
      const stats = statSync(folder, { throwIfNoEntry: false });
      if (stats === undefined || Date.now() - stats.mtimeMs < ABANDONED_AFTER_MILLIS) continue;
      const owner = await connectToOwner(folder, pipeOf(claim));
      if (owner === "dead") removeClaim(folder);
      else if (owner !== "unknown") owner.destroy();
    }
  } catch {
    // The folder is no longer there. The next owner tries again.
  }
}

// Files that are not ours stay, and the folder with them.
function removeClaim(folder: string): void {
  try {
    rmSync(lockPath(folder), { force: true });
    rmdirSync(folder);
  } catch {
    // Another process has removed it.
  }
}
