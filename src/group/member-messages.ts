/** Reads the lines and facts that the other processes of the group pass on. For the aggregator. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { errorMessage } from "../diagnostics/error-message.ts";
import { attempt, warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import { Mutex } from "../io/mutex.ts";
import { withTimeout } from "../io/timeout.ts";
import type { MessageReceiver } from "./message-receiver.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import { FactsReader } from "./processes/facts-file.ts";
import { JournalReader } from "./processes/journal.ts";

// Maximum time to keep lines, such as on a disk that does not respond.
const KEEP_MILLIS = 1_000;

export class MemberMessages {
  readonly #folder: GroupFolder;
  readonly #receiver: MessageReceiver;
  readonly #readers = new Map<string, JournalReader>();
  // Those of live members.
  readonly #facts = new Map<string, FactsReader>();
  readonly #mutex = new Mutex();
  #pending: Promise<void> | undefined;
  // The members that the pending reading is for.
  #wanted: Set<string> | "all" = new Set();
  #isClosed = false;

  constructor(folder: GroupFolder, receiver: MessageReceiver) {
    this.#folder = folder;
    this.#receiver = receiver;
    // At once, since the events that this process records from now on follow those that it has passed on.
    this.#readAllNow(folder.id);
    void this.#mutex.run(() => this.#readAll(folder.id));
    void this.read();
  }

  /**
   * Reads what a member has passed on. Without its id, finds new members, and reads what all have passed on. Calls at the
   * same time share a reading. Never rejects.
   */
  read(id?: string): Promise<void> {
    if (id === undefined) this.#wanted = "all";
    else if (this.#wanted !== "all") this.#wanted.add(id);
    this.#pending ??= Promise.resolve().then(() =>
      this.#mutex.run(async () => {
        this.#pending = undefined;
        const wanted = this.#wanted;
        this.#wanted = new Set();
        if (!this.#isClosed) await this.#readWanted(wanted);
      }),
    );
    return this.#pending;
  }

  /** Forgets the facts of a member that has ended. */
  forgetFacts(id: string): void {
    // The latest, since some facts outlive a member.
    this.#readFacts(id);
    if (this.#facts.delete(id)) this.#receiver.onFacts(nameOf(id), undefined);
  }

  /**
   * Reads the last lines of a member that has ended; `undefined` if it has not passed on any. Resolves to false if they
   * cannot be read or kept now: the member's folder must stay until a further call. Never rejects.
   */
  readLast(id: string): Promise<boolean> | undefined {
    if (this.#isClosed) return Promise.resolve(!this.hasUnread(id));
    if (!this.#readers.has(id) && !existsSync(this.#pathOf(id))) return undefined;
    return this.#mutex.run(async () => {
      const isKept = await this.#readAll(id);
      // Otherwise it knows which lines were read.
      if (isKept) this.#readers.delete(id);
      return isKept;
    });
  }

  /** Reads all lines so far before it returns, for the last process of a group. Never throws. */
  readNow(): void {
    if (this.#isClosed) return;
    for (const id of this.#folder.memberIds) this.#readAllNow(id);
  }

  /** Whether a member has lines that this process does not read any more. */
  hasUnread(id: string): boolean {
    if (!this.#isClosed) return false;
    try {
      const reader = this.#readers.get(id) ?? new JournalReader(this.#pathOf(id));
      return reader.hasUnkept || reader.read().length > 0;
    } catch {
      return true;
    }
  }

  close(): void {
    this.#isClosed = true;
    // They have not ended, but another process reads them.
    for (const id of this.#facts.keys()) this.#receiver.onFacts(nameOf(id), "");
    this.#facts.clear();
  }

  async #readWanted(wanted: ReadonlySet<string> | "all"): Promise<void> {
    const isKnown = (id: string): boolean => this.#folder.members.some((member) => member.id === id);
    if (wanted === "all" || ![...wanted].every(isKnown)) await this.#folder.findMembers();
    for (const { id, state } of this.#folder.members) {
      // The last lines of an ended one are read already.
      if (state === "gone" || (wanted !== "all" && !wanted.has(id))) continue;
      this.#readFacts(id);
      await this.#readAll(id);
    }
  }

  #pathOf(id: string): string {
    return join(this.#folder.folder, id);
  }

  #readFacts(id: string): void {
    const reader = this.#facts.get(id) ?? new FactsReader(this.#pathOf(id));
    this.#facts.set(id, reader);
    const facts = attempt(
      () => reader.read(),
      (reason) => `group: the state of a member's facades cannot be read (${reason})`,
    );
    if (facts !== undefined) this.#receiver.onFacts(nameOf(id), facts);
  }

  #readerOf(id: string): JournalReader {
    const reader = this.#readers.get(id) ?? new JournalReader(this.#pathOf(id));
    this.#readers.set(id, reader);
    return reader;
  }

  #receive(id: string, lines: readonly string[]): void {
    if (id === this.#folder.id) this.#receiver.fromSelf(lines);
    else this.#receiver.fromMember(lines);
  }

  #readAllNow(id: string): void {
    const read = (): void => {
      const reader = this.#readerOf(id);
      for (let lines = reader.read(); lines.length > 0; lines = reader.read()) this.#receive(id, lines);
    };
    attempt(read, (reason) => `group: events of a member are not read (${reason})`);
  }

  // Returns whether all lines so far are read and kept.
  async #readAll(id: string): Promise<boolean> {
    try {
      const reader = this.#readerOf(id);
      const next = (): readonly string[] => (this.#isClosed ? [] : reader.read());
      for (let lines = next(); lines.length > 0; lines = next()) {
        this.#receive(id, lines);
        // The event loop turns between two slices.
        await new Promise<void>(setImmediate);
      }
      // Otherwise they are kept at the next reading.
      if (reader.hasUnkept) {
        const isKept = await withTimeout(this.#receiver.kept(), KEEP_MILLIS, () => false);
        if (isKept === false) return false;
        reader.keep();
      }
      return !this.#isClosed;
    } catch (error) {
      warnOnceAMinute(`group: events of a member are not kept yet (${errorMessage(error)})`);
      return false;
    }
  }
}

function nameOf(id: string): string {
  return `process ${id}`;
}
