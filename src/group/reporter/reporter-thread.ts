/** The main thread's side of the thread that writes the state of its process. */
import { existsSync } from "node:fs";
import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { startOwnWorker } from "../../io/own-worker.ts";
import type { StatePosition } from "../processes/state-writer.ts";
import {
  type FromReporter,
  type ReporterData,
  ReporterState,
  type StatePlace,
  type ToReporter,
} from "./messages.ts";

// Exists only in the build, neither in the sources nor in a bundled application.
const WORKER = new URL("./tachymeter-group-reporter.js", import.meta.url);
// Large series need room; young objects live for one step of a report only.
const LIMITS = { maxYoungGenerationSizeMb: 1 };

export interface ReporterEvents {
  /** The folder of the state was removed. */
  readonly onGone: () => void;
  /** The thread has ended by itself. */
  readonly onEnd: () => void;
}

export class ReporterThread {
  readonly #port: MessagePort;
  readonly #state: ReporterState;
  readonly #waiting = new Map<number, () => void>();
  #requests = 0;
  #places = 1;
  #hasEnded = false;
  #failure = "";

  private constructor(worker: Worker, port: MessagePort, state: ReporterState, events: ReporterEvents) {
    this.#port = port;
    this.#state = state;
    port.on("message", (message: FromReporter) => this.#take(message, events));
    port.unref();
    worker.on("error", (error: unknown) => (this.#failure = ` (${errorMessage(error)})`));
    worker.on("exit", () => {
      if (this.#hasEnded) return;
      this.#end();
      warnOnce(inLoop(`the thread that reports for this process has ended${this.#failure}`));
      events.onEnd();
    });
    worker.unref();
  }

  /** Starts the thread. If it cannot be started, this is logged once. */
  static start(
    data: Omit<ReporterData, "port" | "state">,
    events: ReporterEvents,
  ): ReporterThread | undefined {
    if (!existsSync(WORKER)) {
      warnOnce(
        inLoop(
          'the file of reporter "thread" was not found; mark tachymeter as external in the bundler, or set reporter to "loop"',
        ),
      );
      return undefined;
    }
    const { port1, port2 } = new MessageChannel();
    const state = new ReporterState();
    state.position = data.place.position;
    const workerData: ReporterData = { ...data, port: port2, state: state.shared };
    try {
      const worker = startOwnWorker(WORKER, {
        workerData,
        transferList: [port2],
        resourceLimits: LIMITS,
        name: "tachymeter group",
      });
      return new ReporterThread(worker, port1, state, events);
    } catch (error) {
      port1.close();
      warnOnce(
        inLoop(
          `reporter "thread" cannot start (${errorMessage(error)}); with --permission, add --allow-worker`,
        ),
      );
      return undefined;
    }
  }

  /** Whether the thread has started. */
  get isReady(): boolean {
    return this.#state.isReady;
  }

  /** Calls `write` in this thread, unless the other one has started. It returns the end of what is written. */
  writeEarly(write: () => StatePosition): void {
    this.#state.writeAs("main thread", write);
  }

  /** End of the last whole state. */
  get position(): StatePosition {
    return this.#state.position;
  }

  /** Sends a message, unless the thread has ended. */
  post(message: ToReporter): void {
    if (!this.#hasEnded) this.#port.postMessage(message);
  }

  moveTo(place: Omit<StatePlace, "number">): void {
    this.post({ kind: "moved", place: { ...place, number: ++this.#places } });
  }

  /** Lets the thread write now. Resolves to whether it has, unless it ends. */
  write(): Promise<boolean> {
    if (this.#hasEnded) return Promise.resolve(false);
    const request = this.#ask();
    return new Promise((resolve) => this.#waiting.set(request, () => resolve(!this.#hasEnded)));
  }

  /** As `write`, before the call returns. Returns false if it was not written within `limitMillis`. */
  writeNow(limitMillis: number): boolean {
    if (this.#hasEnded || !this.#state.isReady) return false;
    return this.#state.isServedWithin(this.#ask(), limitMillis);
  }

  /** Ends the thread. Blocks until it does not write, for at most `limitMillis`. It begins no further state. */
  stop(limitMillis: number): void {
    if (this.#hasEnded) return;
    this.#state.stop(limitMillis);
    this.post({ kind: "stop" });
    this.#end();
  }

  #ask(): number {
    const request = ++this.#requests;
    this.post({ kind: "write", request });
    return request;
  }

  #take(message: FromReporter, { onGone }: ReporterEvents): void {
    switch (message.kind) {
      case "written":
        this.#settle(message.request);
        break;
      case "gone":
        if (!this.#hasEnded && message.place === this.#places) onGone();
        break;
      case "log":
        diag[message.level](message.text);
        break;
      default:
        message satisfies never;
    }
  }

  #settle(upTo: number): void {
    for (const [request, settle] of this.#waiting) {
      if (request > upTo) continue;
      this.#waiting.delete(request);
      settle();
    }
  }

  #end(): void {
    this.#hasEnded = true;
    this.#settle(Infinity);
  }
}

function inLoop(reason: string): string {
  return `group: ${reason}; this process reports in its event loop, so its metrics stand still while that is blocked`;
}
