// Commands of worker threads, which the main thread counts: a thread has no exporter of its own.
import { BroadcastChannel, isMainThread } from "node:worker_threads";
import type { CommandFailure } from "../../src/facades/commands/execution.ts";
import { Commands } from "../../src/facades/index.ts";
import { fieldOf, isRecord } from "../shared/fields.ts";

const CHANNEL = "tachymeter.commands";

/** What a thread sends of one execution. */
interface Execution {
  readonly command: string;
  readonly seconds: number;
  readonly failure: CommandFailure | undefined;
}

/** The commands of a worker thread: the main thread counts them. */
export class ThreadCommands extends Commands {
  readonly #channel = openChannel();

  override record(command: unknown, seconds: number, failure: CommandFailure | undefined): void {
    this.#channel.postMessage({ command: String(command), seconds, failure } satisfies Execution);
  }
}

/** Passes on the executions of all worker threads to the main thread. Returns a function that ends it. */
export function onThreadCommand(record: (execution: Execution) => void): () => void {
  if (!isMainThread) return () => {};
  const channel = openChannel();
  channel.addEventListener("message", (message) => {
    const data = fieldOf(message, "data");
    if (isExecution(data)) record(data);
  });
  return () => channel.close();
}

// Neither a thread nor the process is kept alive by it.
function openChannel(): BroadcastChannel {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  return channel;
}

// Any code of the process can write to a channel.
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
