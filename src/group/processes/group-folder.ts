// The group's folder, as one process of it uses it.
import { randomId } from "../../io/random-id.ts";
import { rmSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { readTextSync } from "../../io/files/open-file.ts";
import { makePrivateFolder } from "../../io/files/runtime-directory.ts";
import { replaceFileSync } from "../../io/files/replace.ts";
import { attempt } from "../../diagnostics/rate-limit.ts";
import { type CollectNow, type OnMessages, serveControl } from "./control.ts";
import { Departed, readDeparted } from "./departed.ts";
import { Exported } from "./exported.ts";
import type { KeptFigures } from "./figures-file.ts";
import { Election, type Role } from "./election.ts";
import { isAlone, removeDeserted } from "./deserted.ts";
import { type GroupIdentity, identityOf } from "./identity.ts";
import { makeOwnFolder, memberIds, type OwnFolder, removeAbandoned, removeMember } from "./member-folders.ts";
import { type Member, type MemberEvents, MemberProcesses } from "./members.ts";
import { groupFolderIn, type Place, variablesForChildren } from "./place.ts";
import { directoryFor } from "./group-directory.ts";
import { OwnState } from "./own-state.ts";
import { FILE_MODE } from "./state-files.ts";
import type { FigureSource, StatePosition } from "./state-writer.ts";

/** Events of a group. */
export interface GroupEvents extends MemberEvents {
  /** Called with each change of the role of this process. */
  readonly onRole: (role: Role) => void;
  /** Writes the figures of this process now: the aggregator asks for it. */
  readonly collectNow: CollectNow;
  /** A member has new lines. */
  readonly onMessages?: OnMessages;
}

/** Options of a {@link GroupFolder}. */
export interface GroupFolderOptions extends GroupEvents {
  readonly place: Place;
  /** Boot id of this process; a new one by default. */
  readonly id?: string;
  readonly serviceName: string;
  /** Attribute `service.instance.id` of the group, if this process is its first; random by default. */
  readonly instanceId?: string | undefined;
}

/** The part that a process takes in its group. No method throws. */
export class GroupFolder {
  /** Boot id of this process. */
  readonly id: string;
  /** Path of the group's folder. */
  readonly folder: string;
  /** The figures that delta readers have exported. Only the aggregator uses them. */
  readonly exported: Exported;
  readonly #directory: string;
  readonly #options: GroupFolderOptions;
  #own: OwnState | undefined;
  #identity: GroupIdentity | undefined;
  #election: Election | undefined;
  // If this process is the aggregator.
  #members: MemberProcesses | undefined;
  #departed: Departed | undefined;

  /** @param directory that of `directoryFor(place)`. */
  constructor(options: GroupFolderOptions, directory: string) {
    this.id = options.id ?? randomId();
    this.#options = options;
    this.#directory = directory;
    this.folder = groupFolderIn(directory, options.place);
    this.exported = new Exported(this.folder);
  }

  /** Finds the folder, and creates nothing. Returns the reason if there is no directory for it. */
  static open(options: GroupFolderOptions): GroupFolder | { readonly reason: string } {
    const found = directoryFor(options.place);
    return "reason" in found ? found : new GroupFolder(options, found.directory);
  }

  get isJoined(): boolean {
    return this.#own !== undefined;
  }

  /** The state of this process, once it has joined the group. */
  get state(): OwnState | undefined {
    return this.#own;
  }

  /** `undefined` before the election is decided. */
  get role(): Role | undefined {
    return this.#election?.role;
  }

  /** Number of changes of the aggregator, as the aggregator knows it. */
  get takeovers(): number {
    return Math.max(0, (this.#election?.number ?? 0) - 1);
  }

  /** Whether no process of the group was the aggregator before this one. */
  get isFirstAggregator(): boolean {
    return this.#election?.isFirst === true;
  }

  /** The identity of the group, once this process has joined it. */
  get identity(): GroupIdentity | undefined {
    return this.#identity;
  }

  /** The other processes, known only to the aggregator. */
  get members(): readonly Member[] {
    return this.#members?.all ?? [];
  }

  /** The variables by which children of this process find the group; it need not have joined. */
  get variablesForChildren(): Readonly<Record<string, string>> {
    return variablesForChildren(this.#directory, this.#options.place, { id: this.id, pid: process.pid });
  }

  /**
   * Joins the group, synchronously: makes the folders and the lock. The role follows by `onRole`, which is called before
   * this returns if the process is the first.
   *
   * @returns the reason if it cannot join; it may try again later.
   */
  join(): string | undefined {
    if (this.#own !== undefined) return undefined;
    try {
      const reason = this.#makeFolders();
      if (reason !== undefined) return reason;
      const own = this.#makeOwn();
      this.#own = new OwnState(this.folder, join(this.folder, this.id), own, (last) => this.#makeAgain(last));
    } catch (error) {
      return `"${this.folder}": ${errorMessage(error)}`;
    }
    this.#election = new Election({
      folder: this.folder,
      id: this.id,
      parent: this.#options.place.parent,
      onRole: (role) => this.#became(role),
    });
    this.#election.begin();
    return undefined;
  }

  /**
   * Writes the state of this process, synchronously. If its folder was removed, it is made again.
   *
   * @returns whether it is written; if not, the last state stands, and a warning is logged at most once a minute.
   */
  write(figures: FigureSource): boolean {
    return this.#own?.write(figures) ?? false;
  }

  /**
   * Asks all members to write their states, and waits at most `limitMillis`. New and dead members are reported before it
   * resolves, to those that were too late: their last states stand. Only the aggregator can do this.
   */
  async collectAll(limitMillis = 100): Promise<readonly Member[]> {
    return (this.#election?.check() === true && (await this.#members?.collect(limitMillis))) || [];
  }

  /** Finds new and dead members. Only the aggregator can do this. */
  async findMembers(): Promise<void> {
    await this.#members?.scan();
  }

  /** Notifies the aggregator of new lines of this process. */
  notifyAggregator(): void {
    this.#election?.notifyAggregator();
  }

  /**
   * Replaces the departed figures by `figures`, which include those of the dead members `ids`, and removes their folders.
   * Only the aggregator can do this.
   *
   * @returns whether they are on disk. If not, the folders stay; call it again with the next figures, `ids` is remembered.
   */
  fold(ids: readonly string[], figures: FigureSource): boolean {
    const [departed, members] = [this.#departed, this.#members];
    departed?.note(ids);
    // The check may end the role.
    const folded = this.#election?.check() === true ? departed?.fold(figures) : undefined;
    for (const id of folded ?? []) members?.forget(id);
    return folded !== undefined;
  }

  /** Removes the folder of a dead member that has no figures. Only the aggregator does this. */
  discard(id: string): void {
    if (this.#members === undefined) return;
    removeMember(this.folder, id);
    this.#members.forget(id);
  }

  /**
   * The figures of members that were folded; `undefined` without any. A damaged file is renamed. Only the aggregator can do
   * this.
   *
   * @returns `unreadable` if they cannot be read now, with a warning. Nothing is folded until a reading succeeds.
   */
  readDeparted(): KeptFigures | "unreadable" | undefined {
    return this.#departed?.read();
  }

  /** Writes the new exemplars of this process, for the aggregator. */
  writeExemplars(text: string): void {
    if (this.#own === undefined) return;
    attempt(
      () => replaceFileSync(exemplarsIn(join(this.folder, this.id)), text, FILE_MODE),
      (reason) => `group "${this.folder}": exemplars cannot be written (${reason})`,
    );
  }

  /**
   * Leaves the group: its folder stays, for the aggregator to fold. Write the last state before. Not needed at the end
   * of the process.
   */
  async leave(): Promise<void> {
    const own = this.#own;
    if (own === undefined) return;
    this.#election?.close();
    this.#members?.close();
    this.#election = undefined;
    this.#members = this.#departed = undefined;
    this.#own = undefined;
    await own.leave();
  }

  /** Whether the group is private, and all its other processes have ended. Looks at their folders. */
  get isLast(): boolean {
    return this.#options.place.isPrivate && isAlone(this.folder, this.id);
  }

  /** Ids of all processes that have a folder. */
  get memberIds(): readonly string[] {
    return memberIds(this.folder);
  }

  #serve(socket: Socket): void {
    const { collectNow, onMessages = () => {} } = this.#options;
    serveControl(socket, collectNow, onMessages);
  }

  #makeFolders(): string | undefined {
    const folders = [dirname(this.#directory), this.#directory, dirname(this.folder), this.folder];
    // The directory above a given one is the user's.
    const made = this.#options.place.directory === undefined ? folders : folders.slice(2);
    for (const folder of made) {
      const reason = makePrivateFolder(folder);
      if (reason !== undefined) return reason;
    }
    const { serviceName, instanceId, place } = this.#options;
    this.#identity = identityOf(this.folder, { id: instanceId, name: place.name, serviceName });
    return undefined;
  }

  // Under the same id, so that its figures do not count twice.
  #makeAgain(last: StatePosition): OwnFolder {
    const reason = this.#makeFolders();
    if (reason !== undefined) throw new Error(reason);
    const departed = readDeparted(this.folder);
    if (typeof departed === "object" && departed.ids.includes(this.id)) {
      throw new Error("its lock was removed and the process taken for dead; restart it");
    }
    removeMember(this.folder, this.id);
    const own = this.#makeOwn(last);
    // The claim was removed too. It is made again before the candidates notice that the old lock ends.
    this.#election?.check();
    return own;
  }

  #makeOwn(last?: StatePosition): OwnFolder {
    return makeOwnFolder(this.folder, this.id, (socket) => this.#serve(socket), last);
  }

  #became(role: Role): void {
    this.#members?.close();
    this.#members = this.#departed = undefined;
    if (role === "aggregator") {
      const { onMember, onDeath } = this.#options;
      const departed = (this.#departed = new Departed(this.folder));
      const isFolded = (id: string): boolean => departed.has(id);
      this.#members = new MemberProcesses({
        folder: this.folder,
        ownId: this.id,
        isFolded,
        onMember,
        onDeath,
      });
      void removeAbandoned(this.folder);
      if (this.#options.place.isPrivate) void removeDeserted(dirname(this.#directory));
    }
    this.#options.onRole(role);
  }
}

function exemplarsIn(folder: string): string {
  return join(folder, "exemplars");
}

/** Reads and removes the exemplars of a process; `undefined` without new ones. */
export function takeExemplars(folder: string): string | undefined {
  const path = exemplarsIn(folder);
  try {
    const text = readTextSync(path);
    rmSync(path);
    return text;
  } catch {
    return undefined;
  }
}
