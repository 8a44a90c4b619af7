// The worker threads that this thread starts, and their ends.
import { Worker } from "node:worker_threads";
import { listenToChannel } from "../../io/listen-to-channel.ts";
import { makeRoom } from "../../io/process-events.ts";
import { isOwnThread } from "../../io/own-processes.ts";

// Node.js publishes each worker in its constructor. The event `worker` of `process` comes later, and not at all while
// the thread is blocked.
const CHANNEL = "worker_threads";

/** Receives starts and ends of worker threads. */
export interface WorkerListener {
  onStart(): void;
  /** `exitCode` is undefined if it is unknown. */
  onEnd(threadId: number, exitCode: number | undefined): void;
}

/** Watches the worker threads that this thread starts. Keeps nothing alive. */
export class WorkerEnds {
  readonly #running = new Map<number, Worker>();
  readonly #listener: WorkerListener;
  #endListening: (() => void) | undefined;

  constructor(listener: WorkerListener) {
    this.#listener = listener;
  }

  start(): this {
    this.#endListening = listenToChannel(CHANNEL, (message) => this.#watch(message));
    return this;
  }

  /** The threads that run. */
  get running(): Iterable<number> {
    return this.#running.keys();
  }

  /** Finds ended threads whose listeners the application has removed. */
  sweep(): void {
    for (const [threadId, worker] of this.#running) {
      if (worker.threadId === -1) this.#end(threadId, undefined);
    }
  }

  /** Ends the watch. */
  stop(): void {
    this.#endListening?.();
    this.#running.clear();
  }

  #watch(message: unknown): void {
    const worker = typeof message === "object" && message !== null && "worker" in message && message.worker;
    // Node.js also publishes the thread of loader hooks, which is not part of the application.
    if (!(worker instanceof Worker) || "receiveMessageSync" in worker || isOwnThread()) return;
    const { threadId } = worker;
    this.#running.set(threadId, worker);
    makeRoom(worker);
    worker.once("exit", (exitCode) => this.#end(threadId, exitCode));
    this.#listener.onStart();
  }

  #end(threadId: number, exitCode: number | undefined): void {
    if (this.#running.delete(threadId)) this.#listener.onEnd(threadId, exitCode);
  }
}
