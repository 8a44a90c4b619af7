// The workers that a primary has forked.
import type { Worker } from "node:cluster";
import type { Counter } from "@opentelemetry/api";
import type { Coordination } from "../../src/facades/index.ts";
import { isObject } from "../shared/index.ts";

/** The type of the message that a fork is, whose reply is that the worker is online. */
const FORK = "fork";

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

  /** To be told of an event that the cluster emits, its name first. */
  observe([event, worker, code]: readonly unknown[]): void {
    if (!isObject(worker)) return;
    if (event === "fork") this.#forked.set(worker, this.#coordination.startMessage(FORK));
    else if (event === "online") this.#comes(worker);
    else if (event === "exit") this.#goes(worker, code);
  }

  /** To be told of a worker that was forked before. */
  found(worker: Worker): void {
    if (!worker.isDead()) this.#comes(worker);
  }

  /** Takes all workers out, since nothing is heard of them any more. */
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
    const wasTold = Reflect.get(worker, "exitedAfterDisconnect") === true;
    this.#exits.add(1, { outcome: wasTold || code === 0 ? "success" : "failure" });
  }
}

function nodeOf(worker: object): string {
  return `worker-${String(Reflect.get(worker, "id"))}`;
}
