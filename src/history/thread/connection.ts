import { existsSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnce } from "../../diagnostics/log-once.ts";
import { startOwnWorker } from "../../io/own-worker.ts";
import {
  endWork,
  type RequestMessage,
  setAwaited,
  sharedWork,
  type ThreadData,
  type ThreadMessage,
  type ThreadOptions,
} from "./message.ts";
import { serve } from "./served.ts";

export interface ConnectionEvents {
  message(message: ThreadMessage): void;
  /** Called when the connection has ended, after an error or `close`. */
  end(error: Error | undefined): void;
}

export interface Connection {
  post(message: RequestMessage, transfer: readonly ArrayBuffer[]): void;
  /** Sets whether the connection keeps the process alive. */
  hold(isHeld: boolean): void;
  /** Closes the store after all earlier requests; then {@link ConnectionEvents.end} is called. */
  close(): void;
  /** Sets whether this thread blocks until data is stored, so that other work stops soon. */
  setAwaited(isAwaited: boolean): void;
  /** Completes the current work and starts no more. Blocks for at most `timeoutMillis`. */
  rest(timeoutMillis: number): void;
}

// Exists only in the build, neither in the sources nor in a bundled application.
const WORKER = new URL("./tachymeter-history-worker.js", import.meta.url);

/** Serves the store in a worker thread, or in this thread if the worker's file is missing. */
export function connect(options: ThreadOptions, events: ConnectionEvents): Connection {
  if (existsSync(WORKER)) return workerConnection(options, events);
  if (!import.meta.url.endsWith(".ts")) {
    warnOnce(
      "history: worker file not found, so the store blocks the main thread; mark tachymeter as external in the bundler",
    );
  }
  return ownConnection(options, events);
}

function workerConnection(options: ThreadOptions, events: ConnectionEvents): Connection {
  const work = sharedWork();
  const workerData: ThreadData = { options, work };
  const worker = startWorker(workerData);
  let failure: Error | undefined;
  worker.on("message", (message: ThreadMessage) => events.message(message));
  worker.on("error", (error: Error) => {
    failure = error;
  });
  worker.on("exit", () => events.end(failure));
  worker.unref();
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    hold(isHeld) {
      if (isHeld) worker.ref();
      else worker.unref();
    },
    close: () => worker.postMessage("close"),
    setAwaited: (isAwaited) => setAwaited(work, isAwaited),
    rest: (timeoutMillis) => endWork(work, timeoutMillis),
  };
}

function startWorker(workerData: ThreadData): Worker {
  try {
    return startOwnWorker(WORKER, { workerData, name: "tachymeter history" });
  } catch (cause) {
    throw new Error(`history: the thread of the store cannot be started: ${errorMessage(cause)}`, { cause });
  }
}

function ownConnection(options: ThreadOptions, events: ConnectionEvents): Connection {
  // Asynchronous, as messages from another thread are.
  const later = (message: ThreadMessage): void => queueMicrotask(() => events.message(message));
  const end = (): void => queueMicrotask(() => events.end(undefined));
  const served = serve(options, later, sharedWork());
  if (served === undefined) end();
  const close = (): void => {
    // A store that was refused has ended already.
    if (served === undefined) return;
    const closing = served.close();
    if (closing === undefined) end();
    else void closing.then(end);
  };
  const nothing = (): void => {};
  return {
    post: (message) => served?.take(message),
    hold: nothing,
    close,
    setAwaited: nothing,
    rest: nothing,
  };
}
