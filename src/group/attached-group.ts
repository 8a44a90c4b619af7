/** The members of a group whose figures are merged into those of a meter provider. */
import { errorMessage } from "../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../diagnostics/rate-limit.ts";
import type { SeriesSource } from "../engine/collection/series-source.ts";
import type { MergeTarget, MeterProvider } from "../engine/meter-provider.ts";
import type { MergeableStream, Members } from "../engine/streams/members.ts";
import type { StreamStore } from "../engine/streams/stream-store.ts";
import { VERSION } from "../version.ts";
import { DeltaExports } from "./delta-exports.ts";
import { observeGroup } from "./group-metrics.ts";
import { GroupMerge, type MergedMember } from "./merge/group-merge.ts";
import { isDelta } from "./merge/merged-series.ts";
import { MembersNews } from "./members-news.ts";
import type { NewsReceiver } from "./news.ts";
import { exemplarsFrom } from "./exemplars/sent-exemplars.ts";
import { ProcessMembers } from "./process-members.ts";
import { watchChildren } from "./processes/children.ts";
import type { GroupFolder } from "./processes/group-folder.ts";
import type { Member } from "./processes/members.ts";
import { PassedLines } from "./processes/passed-lines.ts";
import type { LiveMemory } from "./reporter/live-memory.ts";
import type { ReportSettings } from "./reporter/messages.ts";
import { ProcessReport } from "./reporter/process-report.ts";
import { OF_THE_AGGREGATOR } from "./state-report.ts";
import { ThreadMembers } from "./thread-members.ts";
import type { GroupMember } from "./view.ts";

export interface AttachOptions extends ReportSettings {
  /** The provider's memory, if a thread is to report from it. */
  readonly memory?: LiveMemory | undefined;
  /** Called if this process takes over the exports of the group. */
  readonly onAggregator: () => void;
  readonly news: NewsReceiver;
}

// Intervals without a report after which a member counts as blocked.
const BLOCKED_AFTER = 3;

export class AttachedGroup implements Members {
  /** The merge of the threads, whose figures are reported as those of this process. */
  readonly threadMerge: GroupMerge;
  readonly report: ProcessReport;
  readonly #provider: MeterProvider;
  readonly #folder: GroupFolder | undefined;
  readonly #options: AttachOptions;
  readonly #threads: ThreadMembers;
  readonly #processMerge: GroupMerge;
  readonly #deltaExports: DeltaExports;
  // This process as a member of the group.
  readonly #own: MergedMember;
  #processes: ProcessMembers | undefined;
  #news: MembersNews | undefined;
  readonly #passed: PassedLines | undefined;
  readonly #endWatch: () => void;
  #wasMember = false;
  #repaired = 0;
  #isObserved = false;

  constructor(
    provider: MeterProvider,
    target: MergeTarget,
    folder: GroupFolder | undefined,
    options: AttachOptions,
  ) {
    this.#provider = provider;
    this.#folder = folder;
    this.#options = options;
    const { gauges, workerAttribute, timeToLiveMillis, recipe } = options;
    const merge = { gauges, workerAttribute, timeToLiveMillis };
    this.threadMerge = new GroupMerge(target, {
      ...merge,
      find: () => this.#threads.find(),
      prepare: () => this.#threads.report(),
      onRepair: () => this.#repaired++,
    });
    this.#processMerge = new GroupMerge(target, {
      ...merge,
      inner: this.threadMerge,
      find: () => this.#processes?.read(),
    });
    const { threadMerge } = this;
    this.#deltaExports = new DeltaExports({ target, threadMerge, processMerge: this.#processMerge });
    this.report = new ProcessReport({
      ...options,
      folder,
      onReport: () => {
        this.#processes?.fold();
        this.#passed?.flush();
        this.#passed?.writeFacts();
        this.readNews();
      },
    });
    this.#threads = new ThreadMembers(recipe, this.threadMerge, {
      onJoin: (thread) => {
        this.report.onJoin(thread);
        this.#observe();
      },
      onChunk: (thread, chunk) => this.report.onChunk(thread, chunk),
      onLines: (lines) => options.news.fromThread(lines),
      onExemplars: (text) => this.threadMerge.takeExemplars(exemplarsFrom(text)),
      onFacts: (thread, facts) => options.news.onFacts(thread.member.name, facts),
      onLeave: (thread) => this.report.onLeave(thread),
    });
    this.#own = { name: "this process", slot: 0, image: this.report.image };
    this.#passed = folder === undefined ? undefined : new PassedLines(folder, options.news.facts);
    const look = (): void => this.joinIfNeeded();
    this.#endWatch = watchChildren(recipe.interval * 1_000, look, this.#removeFolder);
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
  readNews(id?: string): void {
    void this.#news?.read(id);
  }

  /** Reads no more lines: the next aggregator does. Without one, all lines so far are read now. */
  endNews(): void {
    this.#readLastNews();
    this.#news?.close();
  }

  /** A process has ended. Its folder is removed once all is read. */
  endProcess(member: Member): void {
    const processes = this.#processes;
    // Its folder stays for the next aggregator.
    if (this.#news?.hasUnread(member.id) === true) return;
    const read = this.#news?.readLast(member.id);
    if (read === undefined) processes?.end(member);
    else
      void read
        .then(() => processes?.end(member))
        .catch((error: unknown) =>
          warnOnceAMinute(`group: a member that has ended cannot be handled (${errorMessage(error)})`),
        );
  }

  members(): readonly GroupMember[] {
    const { pid } = process;
    const blockedMillis = BLOCKED_AFTER * this.#options.recipe.interval * 1_000;
    const threads = [...this.#threads.all].map(({ link, member, ageMillis }): GroupMember => ({
      pid,
      threadId: link.threadId,
      worker: member.slot,
      role: "thread",
      state: ageMillis > blockedMillis ? "blocked" : "live",
      ageSeconds: ageMillis / 1_000,
    }));
    const processes = (this.#processes?.all ?? []).map(({ member, slot }): GroupMember => ({
      pid: member.reader.pid ?? 0,
      threadId: 0,
      worker: slot,
      role: "process",
      state: member.state,
      ageSeconds: Math.max(0, Date.now() - (member.reader.timeUnixMillis ?? Date.now())) / 1_000,
    }));
    return [...threads, ...processes];
  }

  /** This process has joined the group's folder: it reports from now on. */
  joined(): void {
    this.report.begin(this.#provider);
    // Prepended, since a listener of the application that throws prevents those after it.
    process.prependListener("exit", this.#lastReport);
    process.on("exit", this.#removeFolder);
    this.roleChanged();
  }

  /** Joins the group's folder once another process has made it. */
  joinIfNeeded(): void {
    if (this.#folder?.isJoined === false && this.#folder.exists && this.#folder.join() === undefined)
      this.joined();
  }

  roleChanged(): void {
    if (this.#folder?.role !== "aggregator") {
      this.#wasMember = true;
      this.#news?.close();
      this.#news = undefined;
      if (this.#processes !== undefined) this.#processMerge.drop(this.#own);
      this.#processes = undefined;
      this.report.startThread();
      return;
    }
    this.report.useLoop();
    if (this.#processes === undefined) {
      this.#processes = new ProcessMembers(this.#folder, this.#processMerge);
      this.#processMerge.add(this.#own);
    }
    this.#observe();
    const exports = DeltaExports.read(this.#folder.exported);
    // The group may have a name, and continue the figures of processes that have ended.
    if (this.#wasMember || this.#processes.hasDeparted || exports.length > 0)
      this.#processMerge.takeOver(exports);
    if (this.#wasMember) {
      this.#wasMember = false;
      this.#options.onAggregator();
    }
    // Lines that could not be written yet come first.
    this.#passed?.flush();
    this.#news ??= new MembersNews(this.#folder, this.#options.news);
  }

  stop(): void {
    process.off("exit", this.#lastReport);
    process.off("exit", this.#removeFolder);
    this.report.end();
    this.#threads.stop();
    this.#endWatch();
    this.endNews();
    this.#passed?.flush();
    this.#passed?.close();
  }

  prepare(): Promise<void> | undefined {
    this.joinIfNeeded();
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
    return this.#processMerge.find() || hasThreads;
  }

  *refresh(unixMillis: number): Generator<undefined, void> {
    yield* this.threadMerge.refresh(unixMillis);
    yield* this.#processMerge.refresh(unixMillis);
  }

  merged(
    stream: MergeableStream,
    store: StreamStore,
    own: SeriesSource | undefined,
    unixMillis: number,
  ): SeriesSource | undefined {
    const ofProcess = this.threadMerge.merged(stream, store, own, unixMillis);
    if (this.#processes === undefined) return ofProcess;
    // The totals have what this process has reported.
    const isReported = !OF_THE_AGGREGATOR.test(stream.origin.instrument.name);
    if (isReported && isDelta(store) && !this.#deltaExports.begin(stream, store, ofProcess, unixMillis))
      return undefined;
    return this.#processMerge.merged(stream, store, ofProcess, unixMillis, !isReported);
  }

  collected(reader: object): void {
    if (this.#processes !== undefined) this.#deltaExports.end(reader, this.#folder?.exported);
  }

  readonly #lastReport = (): void => {
    this.report.reportNow();
    this.#passed?.beginEnd();
    this.#readLastNews();
  };

  readonly #removeFolder = (): void => this.#folder?.removeIfAlone();

  #readLastNews(): void {
    if (this.#folder?.isLast === true) this.#news?.readNow();
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
