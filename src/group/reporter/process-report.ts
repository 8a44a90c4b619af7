/** Reports of a process: by a thread of its own, or, without one, in the event loop. */
import type { MeterProvider } from "../../engine/meter-provider.ts";
import type { Chunk } from "../memory/chunks.ts";
import type { ImageReader } from "../memory/image-reader.ts";
import type { GroupFolder } from "../processes/group-folder.ts";
import type { FigureSource } from "../processes/state-writer.ts";
import { isReported, logFailure, StateReport } from "../state-report.ts";
import type { Thread, ThreadEvents } from "../thread-members.ts";
import type { LiveMemory } from "./live-memory.ts";
import type { ReportSettings } from "./messages.ts";
import { ReporterThread } from "./reporter-thread.ts";
import { OWN_SLOT } from "../merge/totals.ts";

export interface ProcessReportOptions extends ReportSettings {
  /** The provider's memory, if a thread is to report from it. */
  readonly memory?: LiveMemory | undefined;
  readonly folder: GroupFolder | undefined;
  /** Called after each report. */
  readonly onReport: () => void;
}

// Maximum time that the end of a process waits for its last state.
const WRITE_MILLIS = 1_000;
// Maximum time to wait for the end of a writing, which takes a few milliseconds.
const STOP_MILLIS = 500;
// The id of the main thread.
const OWN_ID = 0;

export class ProcessReport implements Omit<ThreadEvents, "onLines" | "onFacts" | "onExemplars"> {
  readonly #options: ProcessReportOptions;
  readonly #loop: StateReport;
  readonly #memory: LiveMemory | undefined;
  #thread: ReporterThread | undefined;
  #isLoopWanted = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProcessReportOptions) {
    this.#options = options;
    this.#memory = options.memory;
    this.#loop = new StateReport(options.configuration, (figures) => {
      this.#write(figures);
      options.onReport();
    });
  }

  /** A new reader of the figures of the last report in the event loop. */
  newImage(): ImageReader {
    return this.#loop.newImage();
  }

  /** Whether a thread writes the state, and reads the figures of all threads itself. */
  get isByThread(): boolean {
    return this.#thread?.isReady === true;
  }

  /** Whether a reader is one of the report's, which has the figures of this process alone. */
  has(reader: object): boolean {
    return this.#loop.has(reader);
  }

  /** Begins to report at each interval. Keeps no process alive. */
  begin(provider: MeterProvider): void {
    this.#loop.bind(provider);
    const millis = this.#options.configuration.interval * 1_000;
    this.#timer = setInterval(() => void this.#reportAtInterval(), millis).unref();
  }

  /** Starts the thread, if there is memory that it can read. */
  startThread(): void {
    const { folder, configuration, merging } = this.#options;
    if (this.#memory === undefined || this.#isLoopWanted || this.#thread !== undefined) return;
    const { state } = folder ?? {};
    if (folder === undefined || state === undefined) return;
    const place = { number: 1, group: folder.folder, folder: state.folder, position: state.position };
    const data = { configuration, merging, place };
    const thread = ReporterThread.start(data, {
      onGone: () => this.#makeAgain(),
      onEnd: () => this.#takeBack(),
    });
    this.#thread = thread;
    if (thread === undefined) return this.#end(place.position);
    thread.post({ kind: "join", thread: { id: OWN_ID, name: "main thread", slot: OWN_SLOT } });
    this.#memory.begin((chunk) => thread.post({ kind: "chunk", thread: OWN_ID, chunk }));
  }

  /** Reports in the event loop from now on. */
  useLoop(): void {
    this.#isLoopWanted = true;
    this.#takeBack();
  }

  end(): void {
    clearInterval(this.#timer);
    this.useLoop();
  }

  /** Reports now. Never rejects. */
  async report(): Promise<void> {
    if (this.#isLoopWanted) this.useLoop();
    if (!this.isByThread) await this.#loop.report();
    const thread = this.#thread;
    // It may have started meanwhile: then it has not been written.
    if (thread?.isReady !== true) return;
    await this.#publish();
    if (await thread.write()) this.#options.onReport();
    else await this.#loop.report();
  }

  /** Reports before the call returns, for the end of the process. */
  reportNow(): void {
    const thread = this.#thread;
    if (thread?.isReady === true) {
      try {
        this.#memory?.take(this.#loop.collectNow(), isReported);
      } catch (error) {
        logFailure(error);
      }
      if (thread.writeNow(WRITE_MILLIS)) return this.#options.onReport();
    }
    // The thread does not answer, or has not started.
    this.#takeBack();
    this.#loop.reportNow();
  }

  /** The new exemplars of the last report, as text; `undefined` without any. */
  takeExemplars(): string | undefined {
    return this.#loop.takeExemplars();
  }

  onJoin(thread: Thread): void {
    const { name, slot } = thread.member;
    this.#thread?.post({ kind: "join", thread: { id: thread.link.threadId, name, slot } });
  }

  onChunk(thread: Thread, chunk: Chunk): void {
    this.#thread?.post({ kind: "chunk", thread: thread.link.threadId, chunk });
  }

  onLeave(thread: Thread): void {
    this.#thread?.post({ kind: "leave", thread: thread.link.threadId });
  }

  // The thread writes at its own intervals. Only observable instruments need this one.
  async #reportAtInterval(): Promise<void> {
    if (!this.isByThread || this.#isLoopWanted) return this.report();
    await this.#publish();
    this.#options.onReport();
  }

  #write(figures: FigureSource): void {
    const { folder } = this.#options;
    const thread = this.#thread;
    const write = (): void => {
      if (folder?.write(figures) === true) this.#memory?.countNow();
    };
    if (thread === undefined) write();
    else
      thread.writeEarly(() => {
        write();
        return folder?.state?.position ?? thread.position;
      });
  }

  async #publish(): Promise<void> {
    try {
      this.#memory?.take(await this.#loop.collect(), isReported);
    } catch (error) {
      logFailure(error);
    }
  }

  #takeBack(): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    if (thread.isReady) this.#loop.beginAnew();
    thread.stop(STOP_MILLIS);
    this.#end(thread.position);
  }

  #end(position: ReporterThread["position"]): void {
    this.#isLoopWanted = true;
    this.#memory?.end();
    this.#options.folder?.state?.takeBack(position);
  }

  #makeAgain(): void {
    const { folder } = this.#options;
    const thread = this.#thread;
    if (thread === undefined || folder?.state === undefined) return;
    const { state } = folder;
    const position = state.makeAgain(thread.position);
    if (position !== undefined) thread.moveTo({ group: folder.folder, folder: state.folder, position });
  }
}
