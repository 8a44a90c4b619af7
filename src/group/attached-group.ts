/** The members of a group whose figures are merged into those of a meter provider. */
import { Backoff } from "../io/backoff.ts";
import { processEvents } from "../io/process-events.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { MergeTarget, MeterProvider } from "../engine/meter-provider.ts";
import type { MergeableStream, Members, StreamOrigin } from "../engine/streams/members.ts";
import type { KeptAggregation, StreamStore } from "../engine/streams/stream-store.ts";
import { VERSION } from "../version.ts";
import { DeltaExports } from "./delta-exports.ts";
import { observeGroup } from "./group-metrics.ts";
import { GroupMerge } from "./merge/group-merge.ts";
import { MemberMessages } from "./member-messages.ts";
import type { MessageReceiver } from "./message-receiver.ts";
import { exemplarsFrom } from "./exemplars.ts";
import { ProcessMembers } from "./process-members.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import type { Member } from "./processes/members.ts";
import { PassedLines } from "./processes/passed-lines.ts";
import type { LiveMemory } from "./reporter/live-memory.ts";
import type { ReportSettings } from "./reporter/messages.ts";
import { ProcessReport } from "./reporter/process-report.ts";
import { ThreadMembers } from "./thread-members.ts";
import type { AcceptedThreads, ThreadLink } from "./threads/accept-threads.ts";
import { realSetTimeout } from "../io/timeout.ts";
import type { GroupMember } from "./view.ts";

export interface AttachOptions extends ReportSettings {
  /** Called if this process takes over the exports of the group. */
  readonly onAggregator: () => void;
  /**
   * Called if another process has taken over the exports of this one, such as after the group's folder was removed. Resolves
   * once this one could export again.
   */
  readonly onCandidate: () => Promise<void>;
  /** Called once this process is in the group's folder. */
  readonly onJoined: () => void;
  readonly messages: MessageReceiver;
}

// Intervals without a report after which a member counts as blocked.
const BLOCKED_AFTER = 3;
// Pauses between attempts to read the last figures and events of a member.
const RETRY_MILLIS = 1_000;
const MAX_RETRY_MILLIS = 60_000;
// After that, folders are removed all the same: their file system may be small.
const MAX_HELD_MILLIS = 600_000;

/** The parts of a group before its first member. */
export interface AttachedTo {
  readonly provider: MeterProvider;
  readonly target: MergeTarget;
  /** `undefined` if the group has threads only. */
  readonly folder: GroupFolder | undefined;
  readonly accepted: AcceptedThreads;
  /** The provider's memory, if a thread is to report from it. */
  readonly memory: LiveMemory | undefined;
  /** Whether this process has the exports of the group from its start. */
  readonly isExporting: boolean;
}

export class AttachedGroup implements Members {
  /** The merge of the threads, whose figures are reported as those of this process. */
  readonly threadMerge: GroupMerge;
  readonly report: ProcessReport;
  readonly #provider: MeterProvider;
  readonly #target: MergeTarget;
  readonly #folder: GroupFolder | undefined;
  readonly #options: AttachOptions;
  readonly #threads: ThreadMembers;
  // If this process is the aggregator.
  #processes: ProcessMembers | undefined;
  #messages: MemberMessages | undefined;
  readonly #passed: PassedLines | undefined;
  #isExporting: boolean;
  // Resolves once the exports of this process have ended.
  #handingOver: Promise<void> | undefined;
  #isStopped = false;
  #repaired = 0;
  #isObserved = false;

  constructor(
    { provider, target, folder, accepted, memory, isExporting }: AttachedTo,
    options: AttachOptions,
  ) {
    this.#provider = provider;
    this.#target = target;
    this.#isExporting = isExporting;
    this.#folder = folder;
    this.#options = options;
    this.threadMerge = new GroupMerge(target, {
      ...options.merging,
      find: () => this.#threads.find(),
      prepare: () => this.#threads.report(),
      isReported: () => folder?.isJoined === true,
      onRepair: () => this.#repaired++,
    });
    this.report = new ProcessReport({
      ...options,
      memory,
      folder,
      onReport: () => {
        this.#processes?.fold();
        this.#passed?.flush();
        this.#passed?.writeFacts();
        this.readMessages();
      },
    });
    this.#threads = new ThreadMembers(accepted, this.threadMerge, {
      onJoin: (thread) => {
        this.report.onJoin(thread);
        this.#observe();
      },
      onChunk: (thread, chunk) => this.report.onChunk(thread, chunk),
      onLines: (lines) => options.messages.fromThread(lines),
      onExemplars: (text) => this.threadMerge.takeExemplars(exemplarsFrom(text)),
      onFacts: (thread, facts) => options.messages.onFacts(thread.member.name, facts),
      onLeave: (thread) => this.report.onLeave(thread),
    });
    this.#passed = folder === undefined ? undefined : new PassedLines(folder, options.messages.facts);
  }

  /** The members whose figures are in the collections of this process' reports. */
  get reported(): Members {
    return this.report.isByThread ? this.#threads.onlyAsked : this.threadMerge;
  }

  /** The other processes, if this one is the aggregator. */
  get processes(): ProcessMembers | undefined {
    return this.#processes;
  }

  /** Reports for a collection of the aggregator. */
  async answer(): Promise<void> {
    await this.report.report();
    const exemplars = this.report.takeExemplars();
    if (exemplars !== undefined) this.#folder?.writeExemplars(exemplars);
  }

  /** Passes a line on to the aggregator. Returns `false` if it is lost. */
  pass(line: string): boolean {
    return this.#passed?.add(line) === true;
  }

  /** Writes what was passed on, and the last facts. */
  flush(): void {
    this.#passed?.flush();
    this.#passed?.writeFacts({ isLast: true });
  }

  /** Reads what a member has passed on, or all members. */
  readMessages(id?: string): void {
    void this.#messages?.read(id);
  }

  /** Reads no more lines: the next aggregator does. Without one, all lines so far are read now. */
  endMessages(): void {
    this.#readLastMessages();
    this.#messages?.close();
  }

  /** A process has ended. Its folder is removed once all is read. */
  endProcess(member: Member): void {
    // Its folder stays for the next aggregator.
    if (this.#messages?.hasUnread(member.id) === true) return;
    this.#messages?.forgetFacts(member.id);
    void this.#end(member).catch((error: unknown) =>
      warnOnceAMinute(`group: a member that has ended cannot be handled (${errorMessage(error)})`),
    );
  }

  /** The threads of this process and the other processes of its group, as the application sees them. */
  members(): readonly GroupMember[] {
    const blockedMillis = BLOCKED_AFTER * this.#options.configuration.interval * 1_000;
    const ofThreads = Array.from(this.#threads.all, ({ link, member, ageMillis }): GroupMember => ({
      pid: process.pid,
      threadId: link.threadId,
      worker: member.slot,
      role: "thread",
      state: ageMillis > blockedMillis ? "blocked" : "live",
      ageSeconds: ageMillis / 1_000,
    }));
    const ofProcesses = (this.processes?.all ?? []).map(({ member, slot }): GroupMember => ({
      pid: member.reader.pid ?? 0,
      threadId: 0,
      worker: slot,
      role: "process",
      state: member.state,
      ageSeconds: Math.max(0, Date.now() - (member.reader.timeUnixMillis ?? Date.now())) / 1_000,
    }));
    return [...ofThreads, ...ofProcesses];
  }

  /** A thread has joined. */
  join(thread: ThreadLink): void {
    this.#threads.join(thread);
  }

  /** This process has joined the group's folder: it reports from now on. */
  joined(): void {
    this.report.begin(this.#provider);
    // Prepended, since a listener of the application that throws prevents those after it.
    processEvents.prepend("exit", this.#lastReport);
    this.#options.onJoined();
    this.roleChanged();
  }

  roleChanged(): void {
    if (this.#isStopped) return;
    const folder = this.#folder;
    if (folder?.role === "aggregator") this.#becomeAggregator(folder);
    else this.#becomeMember(folder?.role === "candidate");
  }

  stop(): void {
    this.#isStopped = true;
    processEvents.off("exit", this.#lastReport);
    this.report.end();
    this.#threads.stop();
    this.endMessages();
    this.#passed?.flush();
    this.#passed?.close();
  }

  prepare(): Promise<void> | undefined {
    if (this.#processes === undefined) return this.#threads.report();
    // The figures that are exported are those that were written, so that none of them fall if this process is killed.
    return this.#reported();
  }

  async #reported(): Promise<void> {
    await Promise.all(
      [this.report.report(), this.#folder?.collectAll()].filter((each) => each !== undefined),
    );
    // Before the callbacks of a collection, which observe the ages of the reports.
    this.#processes?.read();
  }

  prepareNow(): void {
    if (this.#processes !== undefined) this.report.reportNow();
  }

  find(): boolean {
    const hasThreads = this.threadMerge.find();
    return this.#processes?.find() === true || hasThreads;
  }

  *refresh(unixMillis: number): Generator<undefined, void> {
    yield* this.threadMerge.refresh(unixMillis);
    if (this.#processes !== undefined) yield* this.#processes.refresh(unixMillis);
  }

  merged(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined {
    const ofProcess = this.threadMerge.merged(stream, store, own, unixMillis);
    return this.#processes ? this.#processes.merged(stream, store, ofProcess, unixMillis) : ofProcess;
  }

  hasOwn(origin: StreamOrigin, aggregation: KeptAggregation): boolean {
    return this.#processes?.hasOwn(origin, aggregation) === true;
  }

  collected(reader: object): void {
    this.#processes?.collected(reader);
  }

  readonly #lastReport = (): void => {
    this.report.reportNow();
    this.#passed?.beginEnd();
    this.#readLastMessages();
  };

  #becomeAggregator(folder: GroupFolder): void {
    if (this.#handingOver !== undefined) return;
    this.report.useLoop();
    const isNew = this.#processes === undefined;
    this.#processes ??= this.#merged(folder);
    this.#observe();
    if (!this.#isExporting) {
      this.#isExporting = true;
      this.#options.onAggregator();
    }
    // Lines that could not be written yet come first.
    this.#passed?.flush();
    this.#messages ??= new MemberMessages(folder, this.#options.messages);
    if (isNew) for (const member of folder.members) this.#found(member);
  }

  #merged(folder: GroupFolder): ProcessMembers {
    const { threadMerge } = this;
    const target = this.#target;
    const processMerge = new GroupMerge(target, { ...this.#options.merging, inner: threadMerge });
    const exports = new DeltaExports({ target, threadMerge, processMerge });
    const processes = new ProcessMembers(folder, processMerge);
    processes.beginExports(exports, this.report.newImage(), !this.#isExporting);
    return processes;
  }

  async #end(member: Member): Promise<void> {
    const processes = this.#processes;
    const backoff = new Backoff(RETRY_MILLIS, MAX_RETRY_MILLIS);
    // Time of the first attempt that failed.
    let heldSinceMillis: number | undefined;
    while (processes === this.#processes && !this.#isStopped) {
      const isMerged = processes?.end(member) !== false;
      const read = this.#messages?.readLast(member.id);
      const isDone = (read === undefined || (await read)) && isMerged;
      if (isDone) return processes?.release(member.id);
      heldSinceMillis ??= performance.now();
      if (performance.now() - heldSinceMillis >= MAX_HELD_MILLIS) {
        warnOnceAMinute(
          "group: figures or events of processes that have ended cannot be kept, and are left out",
        );
        processes?.end(member, true);
        return processes?.release(member.id);
      }
      await new Promise<void>((resolve) => realSetTimeout(resolve, backoff.nextMillis()).unref());
    }
  }

  // A member that was found before this process could export again.
  #found(member: Member): void {
    this.#processes?.add(member, false);
    if (member.state === "gone") this.endProcess(member);
  }

  /** @param isDecided whether another process is the aggregator. */
  #becomeMember(isDecided: boolean): void {
    this.#messages?.close();
    this.#messages = undefined;
    this.#processes = undefined;
    if (isDecided && this.#isExporting) {
      this.#isExporting = false;
      this.#handingOver = this.#handOver();
    }
    this.report.startThread();
  }

  async #handOver(): Promise<void> {
    try {
      await this.#options.onCandidate();
    } catch (error) {
      logRoleFailure("end its exports", error);
    }
    this.#handingOver = undefined;
    try {
      // It may be the aggregator again.
      this.roleChanged();
    } catch (error) {
      logRoleFailure("export again", error);
    }
  }

  #readLastMessages(): void {
    if (this.#folder?.isLast === true) this.#messages?.readNow();
  }

  // Created with the first member, so that an application without members does not have them.
  #observe(): void {
    if (this.#isObserved) return;
    this.#isObserved = true;
    observeGroup(this.#provider.getMeter("tachymeter.telemetry", VERSION), {
      ages: () => this.members().map(({ ageSeconds }) => ageSeconds),
      takeovers: () => this.#folder?.takeovers ?? 0,
      repaired: () => this.#repaired,
    });
  }
}

function logRoleFailure(action: string, error: unknown): void {
  warnOnceAMinute(`group: a process that has lost its role cannot ${action} (${errorMessage(error)})`);
}
