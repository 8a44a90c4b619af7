/** The group of this process: its threads, and the other processes of the same service. */
import { diag } from "@opentelemetry/api";
import type { MeterProvider } from "../engine/meter-provider.ts";
import type { Members, ProviderGroup } from "../engine/streams/members.ts";
import { AttachedGroup, type AttachOptions } from "./attached-group.ts";
import { GroupFolder } from "./processes/group-folder.ts";
import { LiveMemory } from "./reporter/live-memory.ts";
import { placeOf } from "./processes/place.ts";
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
}

// Children use the id of their parent's group.
const INSTANCE_ID = "TACHYMETER_GROUP_ID";

/** The group of this process. It is opened before the meter provider, since only one member has the readers. */
export class OwnGroup implements Group, ProviderGroup {
  readonly name: string;
  /** Memory for the meter provider, if a thread is to report from it. */
  readonly memory: LiveMemory | undefined;
  readonly #folder: GroupFolder | undefined;
  readonly #instanceId: string;
  #attached: AttachedGroup | undefined;
  #decide = (): void => {};
  // The variables that were replaced by those for children.
  readonly #inherited = new Map<string, string | undefined>();

  constructor({ serviceName, name, directory, instanceId, isByThread }: OwnGroupOptions) {
    this.name = name ?? serviceName;
    const place = placeOf({ serviceName, name, directory }, process.env);
    this.#instanceId = place.isPrivate ? instanceId : (process.env[INSTANCE_ID] ?? instanceId);
    const folder = GroupFolder.open({
      place,
      serviceName,
      instanceId: this.#instanceId,
      onRole: () => {
        this.#attached?.roleChanged();
        this.#decide();
      },
      onMember: (member) => this.#attached?.processes?.add(member),
      onDeath: (member) => this.#attached?.endProcess(member),
      onMessages: (id) => this.#attached?.readMessages(id),
      collectNow: () => this.#attached?.answer(),
    });
    if ("reason" in folder) {
      const message = `group: child processes do not share their metrics with this process: ${folder.reason}`;
      if (place.isPrivate) diag.info(message);
      else diag.warn(message);
      this.#decide();
      return;
    }
    this.#folder = folder;
    if (!place.isPrivate) this.#join();
    if (isByThread && this.isMember) this.memory = new LiveMemory();
  }

  /** Resolves once it is known which process exports the metrics. */
  readonly decided: Promise<void> = new Promise((resolve) => {
    this.#decide = resolve;
  });

  /** `service.instance.id` of the group. */
  get id(): string {
    return this.#folder?.identity?.id ?? this.#instanceId;
  }

  /** Whether other processes may be in the group already. */
  get isShared(): boolean {
    return this.#folder?.isJoined === true;
  }

  /** Whether another process exports the figures of this one. */
  get isMember(): boolean {
    return this.#folder?.isJoined === true && this.#folder.role !== "aggregator";
  }

  get role(): Group["role"] {
    if (this.isMember) return "member";
    return this.members().length > 1 ? "aggregator" : "alone";
  }

  members(): readonly GroupMember[] {
    const own = ownMember(this.isMember ? "process" : "aggregator", 0);
    return [own, ...(this.#attached?.members() ?? [])];
  }

  /** Begins to merge the figures of members into those of `provider`, and to report its own. */
  attach(provider: MeterProvider, options: Omit<AttachOptions, "memory" | "isExporting">): void {
    provider.joinGroup((target) => {
      const own = { memory: this.memory, isExporting: !this.isMember };
      this.#attached = new AttachedGroup(provider, target, this.#folder, { ...options, ...own });
      return this;
    });
    this.#setEnvironment();
    if (this.#folder?.isJoined === true) this.#attached?.joined();
  }

  /** Passes a line on to the aggregator: see `MessageReceiver`. Returns `false` if it is lost. */
  pass(line: string): boolean {
    return this.#attached?.pass(line) === true;
  }

  membersFor(reader: object): Members | undefined {
    if (this.#attached === undefined) return undefined;
    return this.#attached.report.has(reader) ? this.#attached.reported : this.#attached;
  }

  /** Reports once more before the call returns, and takes the variables for children back, at the start of the end. */
  beginEnd(): void {
    if (this.#folder?.isJoined === true) this.#attached?.report.reportNow();
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
    this.#attached?.joinIfNeeded();
    if (this.#folder?.isJoined === true) await this.#attached?.report.report();
  }

  /** Leaves the group. The figures up to now stay. */
  async stop(): Promise<void> {
    this.#attached?.stop();
    await this.#folder?.leave();
  }

  #join(): void {
    const reason = this.#folder?.join();
    if (reason === undefined) return;
    diag.warn(`group: this process does not share its metrics with others: ${reason}`);
    this.#decide();
  }

  // Processes that are started from now on inherit it.
  #setEnvironment(): void {
    if (this.#folder === undefined) return;
    const variables = { ...this.#folder.variablesForChildren, [INSTANCE_ID]: this.id };
    for (const [name, value] of Object.entries(variables)) {
      this.#inherited.set(name, process.env[name]);
      process.env[name] = value;
    }
  }
}
