/** The group of this process: its threads, and the other processes of the same service. */
import { randomId } from "../io/random-id.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import { attempt } from "../diagnostics/rate-limit.ts";
import type { MeterProvider } from "../engine/meter-provider.ts";
import type { Members, ProviderGroup } from "../engine/streams/members.ts";
import { makePrivateFolder } from "../io/files/runtime-directory.ts";
import { listenToChannel } from "../io/listen-to-channel.ts";
import { outsideOfRequests } from "../io/outside-of-requests.ts";
import { processEvents } from "../io/process-events.ts";
import type { AttachedGroup, AttachOptions } from "./attached-group.ts";
import type * as parts from "./parts.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import type { Member } from "./processes/members.ts";
import { groupFolderIn, placeOf, variablesForChildren } from "./processes/place.ts";
import { directoryFor } from "./processes/group-directory.ts";
import type { LiveMemory } from "./reporter/live-memory.ts";
import { acceptThreads, type AcceptedThreads } from "./threads/accept-threads.ts";
import { type Group, type GroupMember, ownMember } from "./view.ts";

export interface OwnGroupOptions {
  readonly serviceName: string;
  /** The name by option `group`. */
  readonly name: string | undefined;
  readonly directory: string | undefined;
  /** `service.instance.id` of this process. */
  readonly instanceId: string;
  /** Whether a thread reports for this process, if another process has the readers. */
  readonly isByThread: boolean;
  /** Loads what a group with members needs. */
  readonly load: () => typeof parts;
}

// Children use the id of their parent's group.
const INSTANCE_ID = "TACHYMETER_GROUP_ID";

/** The place of a group's folder, which may not exist. */
interface FolderPlace {
  readonly path: string;
  /** Path of this process' folder, within the group's. */
  readonly own: string;
  /** The variables by which children of this process find it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly open: () => GroupFolder;
  /** Removes a private group's folder if no other process lives. Refers to no other part of the group. */
  readonly remove: () => void;
}

/**
 * The group of this process. It is opened before the meter provider, since only one member has the readers. The code for
 * members is loaded with the first one.
 */
export class OwnGroup implements Group, ProviderGroup {
  readonly name: string;
  /** Memory for the meter provider, if a thread is to report from it. */
  readonly memory: LiveMemory | undefined;
  readonly #load: () => typeof parts;
  readonly #place: FolderPlace | undefined;
  readonly #instanceId: string;
  // Open from the first look at it on.
  #opened: GroupFolder | undefined;
  #attached: AttachedGroup | undefined;
  #attach: (() => AttachedGroup) | undefined;
  #accepted: AcceptedThreads | undefined;
  #endWatch = (): void => {};
  // Set once this process has joined, or started a child.
  #isRemovedAtExit = false;
  #decide = (): void => {};
  // The variables that were replaced by those for children.
  readonly #inherited = new Map<string, string | undefined>();

  constructor({ serviceName, name, directory, instanceId, isByThread, load }: OwnGroupOptions) {
    this.name = name ?? serviceName;
    this.#load = load;
    const place = placeOf({ serviceName, name, directory }, process.env);
    this.#instanceId = place.isPrivate ? instanceId : (process.env[INSTANCE_ID] ?? instanceId);
    const found = directoryFor(place);
    if ("reason" in found) {
      const message = `group: child processes do not share their metrics with this process: ${found.reason}`;
      if (place.isPrivate) diag.info(message);
      else diag.warn(message);
      this.#decide();
      return;
    }
    const id = randomId();
    const options = {
      place,
      id,
      serviceName,
      instanceId: this.#instanceId,
      onRole: () => {
        this.#attached?.roleChanged();
        this.#decide();
      },
      onMember: (member: Member) => this.#attached?.processes?.add(member),
      onDeath: (member: Member) => this.#attached?.endProcess(member),
      onMessages: (member?: string) => this.#attached?.readMessages(member),
      collectNow: () => this.#attached?.answer(),
    };
    const path = groupFolderIn(found.directory, place);
    this.#place = {
      path,
      own: join(path, id),
      variables: variablesForChildren(found.directory, place, { id, pid: process.pid }),
      open: () => new (load().GroupFolder)(options, found.directory),
      remove: removal(load, place.isPrivate, path, id),
    };
    if (!place.isPrivate) this.#join();
    if (isByThread && this.isMember) this.memory = new (load().LiveMemory)();
  }

  /** Resolves once it is known which process exports the metrics. */
  readonly decided: Promise<void> = new Promise((resolve) => {
    this.#decide = resolve;
  });

  /** `service.instance.id` of the group. */
  get id(): string {
    return this.#opened?.identity?.id ?? this.#instanceId;
  }

  /** Whether other processes may be in the group already. */
  get isShared(): boolean {
    return this.#opened?.isJoined === true;
  }

  /** Whether another process exports the figures of this one. */
  get isMember(): boolean {
    return this.#opened?.isJoined === true && this.#opened.role !== "aggregator";
  }

  get role(): Group["role"] {
    if (this.isMember) return "member";
    return this.members().length > 1 ? "aggregator" : "alone";
  }

  members(): readonly GroupMember[] {
    const own = ownMember(this.isMember ? "process" : "aggregator", 0);
    return [own, ...(this.#attached?.members() ?? [])];
  }

  /** Merges the figures of members into those of `provider`, and reports its own, as soon as there are members. */
  attach(provider: MeterProvider, options: AttachOptions): void {
    const { configuration } = options;
    const isExporting = !this.isMember;
    const accepted = acceptThreads(configuration, (thread) => this.#withMembers()?.join(thread));
    this.#accepted = accepted;
    provider.joinGroup((target) => {
      this.#attach = () => {
        const own = { folder: this.#folder(), accepted, memory: this.memory, isExporting };
        return new (this.#load().AttachedGroup)({ provider, target, ...own }, options);
      };
      return this;
    });
    this.#endWatch = watchChildren(
      configuration.interval * 1_000,
      () => this.#joinIfNeeded(),
      () => this.#removeAtExit(),
    );
    this.#setEnvironment();
    if (this.isShared) this.#joined(this.#withMembers());
  }

  /** Passes a line on to the aggregator: see `MessageReceiver`. Returns `false` if it is lost. */
  pass(line: string): boolean {
    return this.#attached?.pass(line) === true;
  }

  membersFor(reader: object): Members | undefined {
    if (this.#attached === undefined) return this.#unattached;
    return this.#attached.report.has(reader) ? this.#attached.reported : this.#attached;
  }

  /** Reports once more before the call returns, and takes the variables for children back, at the start of the end. */
  beginEnd(): void {
    if (this.isShared) this.#attached?.report.reportNow();
    this.#attached?.flush();
    this.#attached?.endMessages();
    for (const [name, value] of this.#inherited) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    this.#inherited.clear();
  }

  /** Reports now. */
  async report(): Promise<void> {
    this.#joinIfNeeded();
    if (this.isShared) await this.#attached?.report.report();
  }

  /** Leaves the group. The figures up to now stay. */
  async stop(): Promise<void> {
    this.#attach = undefined;
    this.#endWatch();
    this.#attached?.stop();
    this.#accepted?.stop();
    if (this.#isRemovedAtExit && !this.isShared) this.#renounce();
    await this.#opened?.leave();
  }

  // Child processes wait until this process joins, or has a folder without a lock.
  #renounce(): void {
    if (this.#place === undefined) return;
    const reason = makePrivateFolder(this.#place.own);
    if (reason !== undefined) diag.debug(`group: child processes wait for the end of this one: ${reason}`);
  }

  // Also after `stop`: children that are started late look for the folder.
  #removeAtExit(): void {
    if (this.#place === undefined || this.#isRemovedAtExit) return;
    this.#isRemovedAtExit = true;
    processEvents.on("exit", this.#place.remove);
  }

  // A collection may be the first to find a member, before or while it looks for series.
  readonly #unattached: Members = {
    prepare: () => {
      this.#joinIfNeeded();
      return this.#attached?.prepare();
    },
    prepareNow: () => {},
    find: () => {
      this.#accepted?.refresh();
      return this.#attached?.find() === true;
    },
    refresh: (unixMillis) => this.#attached?.refresh(unixMillis) ?? nothing(),
    merged: (stream, store, own, unixMillis) =>
      this.#attached === undefined ? own : this.#attached.merged(stream, store, own, unixMillis),
    hasOwn: (origin, aggregation) => this.#attached?.hasOwn(origin, aggregation) === true,
    collected: (reader) => this.#attached?.collected(reader),
  };

  // Whether a process has joined the group. Costs one call of the system.
  get #exists(): boolean {
    return this.#place !== undefined && existsSync(this.#place.path);
  }

  #folder(): GroupFolder | undefined {
    return (this.#opened ??= this.#place?.open());
  }

  #withMembers(): AttachedGroup | undefined {
    return (this.#attached ??= attempt(
      () => this.#attach?.(),
      (reason) => `group: the figures of members are not included (${reason})`,
    ));
  }

  #join(): void {
    const reason = this.#folder()?.join();
    if (reason === undefined) return;
    diag.warn(`group: this process does not share its metrics with others: ${reason}`);
    this.#decide();
  }

  // Joins the group's folder once another process has made it.
  #joinIfNeeded(): void {
    if (this.#attach === undefined || this.isShared || !this.#exists) return;
    const attached = this.#withMembers();
    if (this.#folder()?.join() === undefined) this.#joined(attached);
  }

  #joined(attached: AttachedGroup | undefined): void {
    this.#removeAtExit();
    attached?.joined();
  }

  // Processes that are started from now on inherit it.
  #setEnvironment(): void {
    if (this.#place === undefined) return;
    const variables = { ...this.#place.variables, [INSTANCE_ID]: this.id };
    for (const [name, value] of Object.entries(variables)) {
      this.#inherited.set(name, process.env[name]);
      process.env[name] = value;
    }
  }
}

function* nothing(): Generator<undefined, void> {}

function removal(load: OwnGroupOptions["load"], isPrivate: boolean, path: string, id: string): () => void {
  const remove = (): void => {
    if (isPrivate && existsSync(path)) load().removeIfAlone(path, id);
  };
  // An error in a listener of `exit` would change the exit code.
  return () => attempt(remove, (reason) => `group: folder "${path}" was not removed: ${reason}`);
}

// Node.js publishes the child processes that are started.
const CHILDREN = "child_process";

// Calls `look` at each interval once this process has started a child, since the parent is not notified if a child joins.
// Calls `onFirst` with the first child. Costs nothing before. Returns the function that ends it.
function watchChildren(intervalMillis: number, look: () => void, onFirst: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onStart = (): void => {
    if (timer !== undefined) return;
    timer = outsideOfRequests(() => setInterval(look, intervalMillis).unref());
    onFirst();
  };
  const endListening = listenToChannel(CHILDREN, onStart);
  return () => {
    endListening();
    clearInterval(timer);
  };
}
