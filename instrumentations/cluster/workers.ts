// The workers of a cluster, and the application's messages between them and their primary.
import type { Worker } from "node:cluster";
import type { Counter } from "@opentelemetry/api";
import type { Coordination } from "../../src/facades/index.ts";
import { fieldOf, isObject, type Recording } from "../shared/index.ts";

// The type of the message that a fork is, whose reply is that the worker is online.
const FORK = "fork";

/** Counts what `target.send` sends: of a worker's prototype in the primary, of the process in a worker. */
export function countSent(recording: Recording<unknown>, coordination: Coordination, target: object): void {
  recording.before(target, "send", (_, [message]) => {
    const command = fieldOf(message, "cmd");
    // Node.js sends its own messages by the same way.
    if (typeof command !== "string" || !command.startsWith("NODE_")) coordination.message("sent");
  });
}

/** Counts what workers of this prototype emit as `message`: in the primary and in the worker what the other has sent. */
export function countReceived(
  recording: Recording<unknown>,
  coordination: Coordination,
  prototype: object,
): void {
  recording.before(prototype, "emit", (_, [event]) => {
    if (event === "message") coordination.message("received");
  });
}

/** The workers of this process, which is their primary. */
export class ClusterWorkers {
  readonly #coordination: Coordination;
  readonly #exits: Counter;
  readonly #forked = new WeakMap<object, () => number>();
  readonly #online = new Set<string>();

  constructor(coordination: Coordination, exits: Counter) {
    this.#coordination = coordination;
    this.#exits = exits;
  }

  /** The cluster emits an event, its name first. */
  observe([event, worker, code]: readonly unknown[]): void {
    if (!isObject(worker)) return;
    if (event === "fork") this.#forked.set(worker, this.#coordination.startMessage(FORK));
    else if (event === "online") this.#comes(worker);
    else if (event === "exit") this.#goes(worker, code);
  }

  /** Adds a worker that was forked before. */
  found(worker: Worker): void {
    if (!worker.isDead()) this.#comes(worker);
  }

  /** Removes all workers. */
  end(): void {
    for (const node of this.#online) this.#coordination.leave(node);
    this.#online.clear();
  }

  #comes(worker: object): void {
    this.#forked.get(worker)?.();
    const node = nodeOf(worker);
    this.#online.add(node);
    this.#coordination.join(node, { lasting: true });
  }

  #goes(worker: object, code: unknown): void {
    const node = nodeOf(worker);
    this.#online.delete(node);
    this.#coordination.leave(node);
    const isWanted = fieldOf(worker, "exitedAfterDisconnect") === true;
    this.#exits.add(1, { outcome: isWanted || code === 0 ? "success" : "failure" });
  }
}

function nodeOf(worker: object): string {
  return `worker-${String(fieldOf(worker, "id"))}`;
}
