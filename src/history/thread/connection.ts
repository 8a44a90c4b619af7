// One way to a store that is served: by a worker thread, or by this one.
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { warnOnce } from "../../diagnostics/log-once.ts";
import {
  endWork,
  type RequestMessage,
  sharedWork,
  type ThreadData,
  type ThreadMessage,
  type ThreadOptions,
} from "./message.ts";
import { serve } from "./served.ts";

/** What is told of a connection. */
export interface ConnectionEvents {
  message(message: ThreadMessage): void;
  /** It has ended, asked or not, and answers nothing any more. */
  end(error: Error | undefined): void;
}

/** A store that is served. */
export interface Connection {
  post(message: RequestMessage, transfer: readonly ArrayBuffer[]): void;
  /** Whether the process stays alive for it. */
  hold(isHeld: boolean): void;
  /** Closes the store once all requests before are answered; {@link ConnectionEvents.end} tells. */
  close(): void;
  /** Lets the process end: what is under way is finished first, nothing else is begun. Blocks for so long at most. */
  rest(timeoutMillis: number): void;
}

// Only in the build: neither the sources nor an application's bundle have it.
const WORKER = new URL("./tachymeter-history-worker.js", import.meta.url);

/** Has a worker thread serve the store; where there is no file for one, this thread does. */
export function connect(options: ThreadOptions, events: ConnectionEvents): Connection {
  if (existsSync(WORKER)) return workerConnection(options, events);
  if (!import.meta.url.endsWith(".ts")) {
    warnOnce(
      "history: its thread's file is not found, as in a bundle; the store is in the main thread: keep tachymeter external",
    );
  }
  return ownConnection(options, events);
}

function workerConnection(options: ThreadOptions, events: ConnectionEvents): Connection {
  // Nothing that the application is started with is started once more.
  const { NODE_OPTIONS: _, ...env } = process.env;
  const work = sharedWork();
  const workerData: ThreadData = { options, work };
  const worker = new Worker(WORKER, { workerData, execArgv: [], env, argv: [], name: "tachymeter history" });
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
    rest: (timeoutMillis) => endWork(work, timeoutMillis),
  };
}

function ownConnection(options: ThreadOptions, events: ConnectionEvents): Connection {
  // What a caller is told, it is told later, as by another thread.
  const later = (message: ThreadMessage): void => queueMicrotask(() => events.message(message));
  const served = serve(options, later, sharedWork());
  const close = (): void => {
    served?.close();
    queueMicrotask(() => events.end(undefined));
  };
  return { post: (message) => served?.take(message), hold: () => {}, close, rest: () => {} };
}
