// Commands of worker threads. The main thread counts them, since a thread has no exporter.
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import type { CommandFailure } from "../../src/facades/commands/execution.ts";
import { Commands } from "../../src/facades/commands/index.ts";
import { fieldOf, isRecord } from "../shared/fields.ts";

const CHANNEL = "tachymeter.commands";

/** The message that a thread sends for one execution. */
interface Execution {
  readonly command: string;
  readonly seconds: number;
  readonly failure: CommandFailure | undefined;
}

/** Commands of a worker thread, counted by the main thread. */
export class ThreadCommands extends Commands {
  /** The process whose start has loaded the instrumentation. */
  readonly first: unknown;
  readonly #channel = openChannel();

  constructor(first?: unknown) {
    super();
    this.first = first;
  }

  override record(command: unknown, seconds: number, failure: CommandFailure | undefined): void {
    this.#channel.postMessage({ command: String(command), seconds, failure } satisfies Execution);
  }
}

/** Calls `record` in the main thread with the executions of all worker threads. Returns a function that stops it. */
export function onThreadCommand(record: (execution: Execution) => void): () => void {
  if (!isMainThread) return () => {};
  const channel = openChannel();
  channel.addEventListener("message", (message) => {
    const data = fieldOf(message, "data");
    if (isExecution(data)) record(data);
  });
  return () => channel.close();
}

// The channel keeps neither the thread nor the process alive.
function openChannel(): BroadcastChannel {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  return channel;
}

// Any code in the process can write to the channel.
function isExecution(data: unknown): data is Execution {
  if (!isRecord(data)) return false;
  const { command, seconds, failure } = data;
  return (
    typeof command === "string" &&
    typeof seconds === "number" &&
    (failure === undefined || isFailure(failure))
  );
}

function isFailure(failure: unknown): failure is CommandFailure {
  return (
    isRecord(failure) && typeof failure["errorType"] === "string" && typeof failure["example"] === "string"
  );
}
