// Decides which process is the aggregator. A claim is a file `aggregator.<n>` with the boot id of its maker, which is
// created whole or not at all. The highest claim counts, as long as its maker's lock is held. If that has died, the next
// claim goes to the first that makes it.
//
// A socket with a fixed name would not do: a dead one must be removed before the next is made. If two candidates found
// it dead, one would remove the socket of the other.
import { isRandomId } from "../../io/random-id.ts";
import { readdirSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { isAbsent, readFailure, readTextSync } from "../../io/files/open-file.ts";
import { connectToOwner, onOwnerEnd } from "../../io/owner-lock.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { memberIds, namesIn, pipeOf } from "./member-folders.ts";
import { introduce, notifyOfMessages } from "./control.ts";
import type { ParentProcess } from "./place.ts";
import { publishOnce } from "./state-files.ts";

/** `aggregator`: has the readers. `candidate`: takes over when the aggregator dies. */
export type Role = "aggregator" | "candidate";

/** Options of {@link Election}. */
export interface ElectionOptions {
  /** The group's folder. */
  readonly folder: string;
  /** Boot id of this process. */
  readonly id: string;
  /** The parent, which is preferred: this process does not stand while its parent lives. */
  readonly parent: ParentProcess | undefined;
  /** Called with each change of the role, the first one included. */
  readonly onRole: (role: Role) => void;
}

interface Claim {
  readonly number: number;
  /** Boot id of the maker; empty if the file is damaged. */
  readonly id: string;
}

const CLAIM = /^aggregator\.(\d{1,15})$/;
const RETRY_MILLIS = 100;
// For a parent that has not joined: it may have ended its telemetry, or another process may have its id.
const PARENT_MILLIS = 60_000;

/** Takes part in the election of the aggregator. Nothing in it keeps the process alive. */
export class Election {
  readonly #options: ElectionOptions;
  #role: Role | undefined;
  #number = 0;
  #hasSeenAnother = false;
  #watched: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #beganMillis = performance.now();

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  get role(): Role | undefined {
    return this.#role;
  }

  /** Number of this process' claim: 1 for the first aggregator of the group; 0 without a claim. */
  get number(): number {
    return this.#number;
  }

  /** Whether this process is the first aggregator of the group, as far as it has seen. */
  get isFirst(): boolean {
    return this.#number === 1 && !this.#hasSeenAnother;
  }

  /** Stands at once, synchronously, if there is no claim and no parent; otherwise the role follows. */
  begin(): void {
    const { folder, parent } = this.#options;
    if (parent !== undefined || highestClaim(folder) !== undefined || !this.#claim(0)) void this.#stand();
  }

  /**
   * Whether this process is the aggregator, by what is on disk now. If another one has taken over, such as after the
   * folder was removed, it becomes a candidate.
   */
  check(): boolean {
    if (this.#role !== "aggregator" || this.#isClosed) return false;
    const { folder, id } = this.#options;
    const highest = highestClaim(folder) ?? (this.#claim(0) ? { id } : highestClaim(folder));
    if (highest === "unreadable") return false;
    if (highest?.id === id) return true;
    // The folder was removed. The next state of this process makes it again, and then the claim.
    if (highest === undefined) return false;
    this.#become("candidate");
    void this.#stand();
    return false;
  }

  /** Notifies the aggregator of new lines. Otherwise it finds them at its next report. */
  notifyAggregator(): void {
    if (this.#role === "candidate" && this.#watched !== undefined) notifyOfMessages(this.#watched);
  }

  close(): void {
    this.#isClosed = true;
    this.#watched?.destroy();
    realClearTimeout(this.#retry);
  }

  async #stand(): Promise<void> {
    const { folder, id, parent } = this.#options;
    if (this.#isClosed) return;
    const highest = highestClaim(folder);
    if (highest === "unreadable") return this.#standLater();
    if (highest?.id === id) {
      this.#number = highest.number;
      return this.#become("aggregator");
    }
    this.#hasSeenAnother ||= highest !== undefined;
    if (highest !== undefined && highest.id !== "") {
      const owner = await connectToOwner(join(folder, highest.id), pipeOf(highest.id));
      if (owner !== "dead") return this.#wait(owner);
    }
    if (parent !== undefined) {
      // After a claim, a parent without a folder has left the group.
      const mayJoin = highest === undefined && performance.now() - this.#beganMillis < PARENT_MILLIS;
      const owner = await livingParent(folder, parent, mayJoin);
      if (owner !== "dead") return this.#wait(owner);
    }
    if (!this.#isClosed && !this.#claim(highest?.number ?? 0)) this.#standLater();
  }

  // Until the connection ends, or a little while without one.
  #wait(owner: Socket | "unknown"): void {
    if (this.#isClosed) {
      if (owner !== "unknown") owner.destroy();
      return;
    }
    this.#become("candidate");
    if (owner === "unknown") return this.#standLater();
    // Bytes are not expected, but unread ones would delay the end.
    this.#watched = owner.unref().resume();
    introduce(owner, this.#options.id);
    onOwnerEnd(owner, () => void this.#stand());
  }

  #standLater(): void {
    realClearTimeout(this.#retry);
    this.#retry = realSetTimeout(() => void this.#stand(), RETRY_MILLIS).unref();
  }

  /** Makes the claim after `number`. Returns false if another process has it, or it cannot be made. */
  #claim(number: number): boolean {
    const { folder, id } = this.#options;
    try {
      if (!publishOnce(join(folder, `aggregator.${number + 1}`), id)) return false;
    } catch (error) {
      if (isAbsent(error)) return false;
      warnOnceAMinute(
        `group "${folder}": this process cannot become the aggregator (${errorMessage(error)})`,
      );
      return false;
    }
    // A process that was stopped for long may make a claim that others have made and removed.
    const highest = highestClaim(folder);
    if (highest === "unreadable" || highest?.id !== id) return false;
    this.#number = number + 1;
    // The one before stays: it is what a slower candidate would claim next.
    for (const each of claimNumbers(namesIn(folder))) {
      if (each < number) rmSync(join(folder, `aggregator.${each}`), { force: true });
    }
    this.#become("aggregator");
    return true;
  }

  #become(role: Role): void {
    if (role === this.#role || this.#isClosed) return;
    this.#role = role;
    this.#options.onRole(role);
  }
}

/** The connection to the parent's lock. Without a folder of its own, it may not have joined yet. */
async function livingParent(
  folder: string,
  parent: ParentProcess,
  mayJoin: boolean,
): Promise<Socket | "dead" | "unknown"> {
  if (memberIds(folder).includes(parent.id)) {
    return connectToOwner(join(folder, parent.id), pipeOf(parent.id));
  }
  if (!mayJoin) return "dead";
  try {
    process.kill(parent.pid, 0);
    return "unknown";
  } catch {
    return "dead";
  }
}

/** The claim that counts; `unreadable` decides nothing: its maker may live. */
function highestClaim(folder: string): Claim | "unreadable" | undefined {
  let number = 0;
  try {
    number = Math.max(0, ...claimNumbers(readdirSync(folder)));
    const id = number === 0 ? undefined : readTextSync(join(folder, `aggregator.${number}`));
    return id === undefined ? undefined : { number, id: isRandomId(id) ? id : "" };
  } catch (error) {
    if (readFailure(error) === "unreadable") return "unreadable";
    return number === 0 ? undefined : { number, id: "" };
  }
}

function claimNumbers(names: readonly string[]): readonly number[] {
  return names.flatMap((name) => {
    const number = CLAIM.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}
