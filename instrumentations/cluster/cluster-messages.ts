// Messages of the application between a primary and its workers.
import type { Coordination } from "../../src/facades/index.ts";
import { isObject, type Recording } from "../hooking/index.ts";

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
    const coordination = this.#coordination;
    const recording = this.#recording;
    recording.wrap(
      target,
      "send",
      (send) =>
        function (...args) {
          try {
            if (!isInternal(args[0])) coordination.message(SENT);
          } catch (error) {
            recording.failed(error);
          }
          return Reflect.apply(send, this, args);
        },
    );
  }

  /** Counts what workers of this prototype emit as `message`: in the primary and in the worker what the other has sent. */
  countReceived(prototype: object): void {
    const coordination = this.#coordination;
    const recording = this.#recording;
    recording.wrap(
      prototype,
      "emit",
      (emit) =>
        function (...args) {
          try {
            if (args[0] === "message") coordination.message(RECEIVED);
          } catch (error) {
            recording.failed(error);
          }
          return Reflect.apply(emit, this, args);
        },
    );
  }
}

// Of Node.js itself, which sends them by the same way.
function isInternal(message: unknown): boolean {
  const command: unknown = isObject(message) ? Reflect.get(message, "cmd") : undefined;
  return typeof command === "string" && command.startsWith("NODE_");
}
