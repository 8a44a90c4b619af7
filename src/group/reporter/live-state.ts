/** The state of a process, from the memory in which its threads record. */
import { existsSync } from "node:fs";
import { receiveMessageOnPort } from "node:worker_threads";
import { MeterProvider } from "../../engine/meter-provider.ts";
import type { Chunk } from "../memory/chunks.ts";
import { ImageReader } from "../memory/image-reader.ts";
import { NO_RESOURCE } from "../merge/departed.ts";
import { type GroupMerge, mergeInto, type MergedMember } from "../merge/group-merge.ts";
import { type FigureSource, isWritten, StateWriter } from "../processes/state-writer.ts";
import { providerOptionsFrom } from "../member-configuration.ts";
import { StateReport } from "../state-report.ts";
import {
  type FromReporter,
  type ReportedThread,
  type ReporterData,
  ReporterState,
  type StatePlace,
  type ToReporter,
} from "./messages.ts";

// Part of the interval after which a state is written, so that it is not older than the interval when it is read.
const PART_OF_INTERVAL = 0.9;

export class LiveState {
  readonly #data: ReporterData;
  readonly #state: ReporterState;
  readonly #merge: GroupMerge;
  readonly #report: StateReport;
  readonly #threads = new Map<number, { readonly member: MergedMember; readonly arrived: Chunk[] }>();
  // Messages that wait for the end of a report.
  readonly #later: ToReporter[] = [];
  #timer: NodeJS.Timeout | undefined;
  // The first one follows what the main thread has written.
  #place: StatePlace;
  #writer: StateWriter | undefined;

  constructor(data: ReporterData) {
    this.#data = data;
    this.#place = data.place;
    this.#state = new ReporterState(data.state);
    const { configuration, merging } = data;
    const options = {
      ...providerOptionsFrom(configuration),
      sdkMetricsEnabled: false,
      resource: NO_RESOURCE,
    };
    const provider = new MeterProvider(options);
    this.#report = new StateReport(configuration, (figures) => this.#write(figures));
    this.#merge = mergeInto(provider, {
      ...merging,
      isReported: () => true,
      find: () => this.#receive(),
    });
    this.#report.bind(provider);
  }

  /** Begins to write, and to obey. */
  begin(): void {
    const { port, configuration } = this.#data;
    this.#timer = setTimeout(() => this.#reportNow(), PART_OF_INTERVAL * configuration.interval * 1_000);
    port.on("message", (message: ToReporter) => {
      this.#take(message);
      this.#work();
    });
    this.#state.ready();
    this.#place = { ...this.#place, position: this.#state.position };
  }

  #work(): void {
    this.#receive();
    let request = 0;
    for (const message of this.#later.splice(0)) {
      if (message.kind === "leave") this.#leave(message.thread);
      else if (message.kind === "moved") this.#move(message.place);
      else if (message.kind === "write") request = message.request;
      else if (message.kind === "stop") return this.#stop();
    }
    if (request === 0) return;
    this.#reportNow();
    this.#state.serve(request);
    this.#send({ kind: "written", request });
  }

  #reportNow(): void {
    this.#timer?.refresh();
    this.#report.reportNow();
  }

  // Chunks are taken at once, since a log may name them. Everything else waits for the end of a report.
  #receive(): void {
    for (;;) {
      const received: { readonly message: ToReporter } | undefined = receiveMessageOnPort(this.#data.port);
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  #take(message: ToReporter): void {
    if (message.kind === "join") this.#join(message.thread);
    else if (message.kind === "chunk") this.#threads.get(message.thread)?.arrived.push(message.chunk);
    else this.#later.push(message);
  }

  #join({ id, name, slot }: ReportedThread): void {
    const arrived: Chunk[] = [];
    const member = { name, slot, image: new ImageReader(() => arrived.splice(0)) };
    this.#threads.set(id, { member, arrived });
    this.#merge.add(member);
  }

  #leave(id: number): void {
    const thread = this.#threads.get(id);
    if (thread === undefined) return;
    this.#threads.delete(id);
    this.#merge.leave(thread.member);
  }

  #move(place: StatePlace): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.#place = place;
  }

  #write(figures: FigureSource): void {
    this.#state.writeAs("reporter", () => {
      const written = isWritten(this.#place.group, () => {
        const { folder, position, number } = this.#place;
        if (this.#writer?.isGone ?? !existsSync(folder)) return this.#send({ kind: "gone", place: number });
        this.#writer ??= new StateWriter(folder, position);
        this.#writer.write(figures);
      });
      return written ? this.#writer : undefined;
    });
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#writer?.close();
    this.#data.port.close();
  }

  #send(message: FromReporter): void {
    this.#data.port.postMessage(message);
  }
}
