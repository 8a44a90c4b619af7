// The members of a group, as its aggregator sees them: found by scanning the group's folder, alive as long as their lock
// is.
import { join } from "node:path";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { attempt } from "../../diagnostics/rate-limit.ts";
import { connectToOwner, onOwnerEnd } from "../../io/owner-lock.ts";
import { Mutex } from "../../io/mutex.ts";
import { realSetTimeout, systemTimers } from "../../io/timeout.ts";
import { MemberConnection } from "./control.ts";
import { memberIds, pipeOf, reasonAgainstMember, removeMember } from "./member-folders.ts";
import { StateReader } from "./state-reader.ts";

/** One other process of the group. */
export interface Member {
  readonly id: string;
  readonly reader: StateReader;
  /** `live`; `blocked` if it has not collected in time; `gone` if its process has ended. */
  readonly state: "live" | "blocked" | "gone";
}

/** Events of members. */
export interface MemberEvents {
  /** A member was found; it may be dead already. */
  readonly onMember: (member: Member) => void;
  /** A member has ended. Its last state can still be read, until it is folded. Called once, after `onMember`. */
  readonly onDeath: (member: Member) => void;
}

/** Options of {@link MemberProcesses}. */
export interface MemberProcessesOptions extends MemberEvents {
  /** The group's folder. */
  readonly folder: string;
  /** Boot id of this process, which is not one of the members. */
  readonly ownId: string;
  /** Whether a member is in the departed figures already. */
  readonly isFolded: (id: string) => boolean;
}

const RETRY_MILLIS = 100;
const ADDED_AT_ONCE = 16;

class FoundMember implements Member {
  readonly id: string;
  readonly reader: StateReader;
  connection: MemberConnection | undefined;
  isGone = false;
  /** Whether the last collection was too late. */
  isLate = false;

  constructor(group: string, id: string) {
    this.id = id;
    this.reader = new StateReader(join(group, id));
  }

  get state(): Member["state"] {
    if (this.isGone) return "gone";
    return this.isLate && this.connection?.isWaiting === true ? "blocked" : "live";
  }
}

/** All members but this process. */
export class MemberProcesses {
  readonly #options: MemberProcessesOptions;
  readonly #members = new Map<string, FoundMember>();
  readonly #mutex = new Mutex();
  #isClosed = false;

  constructor(options: MemberProcessesOptions) {
    this.#options = options;
  }

  /** The members found so far, dead ones included until they are folded. */
  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Finds new members, and those that have ended. */
  scan(): Promise<void> {
    return this.#mutex.run(async () => {
      const { folder, ownId, isFolded } = this.#options;
      const found = memberIds(folder).filter((id) => id !== ownId && !this.#members.has(id));
      // A crash of the aggregator may have left the folder of a folded member.
      for (const id of found.filter(isFolded)) removeMember(folder, id);
      const added = found.filter((id) => !isFolded(id));
      // A few at a time: a process that is killed amid thousands of dead members has folded the first of them.
      for (let at = 0; at < added.length && !this.#isClosed; at += ADDED_AT_ONCE) {
        await Promise.all(added.slice(at, at + ADDED_AT_ONCE).map((id) => this.#add(id)));
      }
    });
  }

  /**
   * Asks all members for a collection. Resolves once their states are written, or after `limitMillis`, to the members
   * that were too late; their last states can be read.
   */
  async collect(limitMillis: number): Promise<readonly Member[]> {
    const endMillis = performance.now() + limitMillis;
    await this.scan();
    const asked = [...this.#members.values()].filter((member) => member.connection?.collect() === true);
    await settled(asked, endMillis - performance.now());
    for (const member of asked) member.isLate = member.connection?.isWaiting === true;
    return asked.filter((member) => member.isLate);
  }

  /** Forgets a dead member, once its folder is removed. */
  forget(id: string): void {
    if (this.#members.get(id)?.isGone === true) this.#members.delete(id);
  }

  /** Ends all connections; no more events. */
  close(): void {
    this.#isClosed = true;
    for (const { connection } of this.#members.values()) connection?.close();
    this.#members.clear();
  }

  async #add(id: string): Promise<void> {
    const { folder, onMember } = this.#options;
    const reason = reasonAgainstMember(folder, id);
    if (reason !== undefined) {
      return warnOnce(`group member "${id}": is ignored, since ${reason}`);
    }
    const member = new FoundMember(folder, id);
    const owner = await connectToOwner(join(folder, id), pipeOf(id));
    if (this.#isClosed || owner === "unknown") {
      if (typeof owner !== "string") owner.destroy();
      return;
    }
    this.#members.set(id, member);
    report(() => onMember(member));
    this.#took(member, owner);
  }

  // The connection may have ended although the member lives, such as when its folder was removed and made again.
  async #reconnect(member: FoundMember): Promise<void> {
    await this.#mutex.run(async () => {
      if (this.#isClosed || member.isGone || member.connection) return;
      this.#took(member, await connectToOwner(join(this.#options.folder, member.id), pipeOf(member.id)));
    });
  }

  #took(member: FoundMember, owner: Awaited<ReturnType<typeof connectToOwner>>): void {
    if (this.#isClosed) {
      if (typeof owner !== "string") owner.destroy();
    } else if (owner === "dead") {
      member.isGone = true;
      report(() => this.#options.onDeath(member));
    } else if (owner === "unknown") {
      realSetTimeout(() => void this.#reconnect(member), RETRY_MILLIS).unref();
    } else {
      member.connection = new MemberConnection(owner, () => (member.connection = undefined));
      onOwnerEnd(owner, () => void this.#reconnect(member));
    }
  }
}

function report(event: () => void): void {
  attempt(event, (reason) => `group: a member cannot be handled (${reason})`);
}

function settled(members: readonly FoundMember[], limitMillis: number): Promise<void> {
  return new Promise((resolve) => {
    const waiting = new Set(members);
    const stops: (() => void)[] = [];
    const end = (): void => {
      cancel();
      for (const stop of stops) stop();
      resolve();
    };
    const cancel = systemTimers.setTimer(end, limitMillis);
    for (const member of members) {
      const settle = (): void => {
        if (waiting.delete(member) && waiting.size === 0) end();
      };
      stops.push(member.connection?.onSettled(settle) ?? settle);
    }
    if (members.length === 0) end();
  });
}
