// Messages of the application between a primary and its workers.
import type { Coordination } from "../../src/facades/index.ts";
import { isObject, type Recording } from "../shared/index.ts";

const SENT = "sent";
const RECEIVED = "received";

/** Counts the messages of this process. */
export class ClusterMessages {
  readonly #coordination: Coordination;
  readonly #recording: Recording<unknown>;

  constructor(coordination: Coordination, recording: Recording<unknown>) {
    this.#coordination = coordination;
    this.#recording = recording;
  }

  /** Counts what `target.send` sends: of a worker's prototype in the primary, of the process in a worker. */
  countSent(target: object): void {
    this.#recording.before(target, "send", (_, [message]) => {
      if (!isInternal(message)) this.#coordination.message(SENT);
    });
  }

  /** Counts what workers of this prototype emit as `message`: in the primary and in the worker what the other has sent. */
  countReceived(prototype: object): void {
    this.#recording.before(prototype, "emit", (_, [event]) => {
      if (event === "message") this.#coordination.message(RECEIVED);
    });
  }
}

// Of Node.js itself, which sends them by the same way.
function isInternal(message: unknown): boolean {
  const command: unknown = isObject(message) ? Reflect.get(message, "cmd") : undefined;
  return typeof command === "string" && command.startsWith("NODE_");
}
