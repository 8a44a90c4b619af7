import cluster, { Worker } from "node:cluster";
import type { Coordination } from "../../src/facades/index.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { counter } from "../shared/instruments.ts";
import { coordinationOf } from "../shared/locks.ts";
import type { NodesConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

// Message type of a fork, whose reply is the worker's `online` event.
const FORK = "fork";

/** Records the workers of a cluster, and the application's messages between workers and primary. */
// Replaces `emit` instead of adding listeners, which would change `listenerCount`.
export function begin(recording: Recording<NodesConfig>): undefined {
  const coordination = coordinationOf(recording);
  if (cluster.isPrimary) watchWorkers(recording, coordination);
  recording.before(cluster.isPrimary ? Worker.prototype : process, "send", (_, message) => {
    const command = fieldOf(message, "cmd");
    // Node.js uses the same method for its own messages.
    if (typeof command !== "string" || !command.startsWith("NODE_")) coordination.message("sent");
  });
  // Messages from the other side, in the primary and in the worker.
  recording.before(Worker.prototype, "emit", (_, event) => {
    if (event === "message") coordination.message("received");
  });
}

function watchWorkers(recording: Recording<NodesConfig>, coordination: Coordination): void {
  const exits = counter(recording.meter, "coordination.node.exits");
  const forked = new WeakMap<object, () => number>();
  const online = new Set<string>();
  const comes = (worker: object): void => {
    forked.get(worker)?.();
    // Its message can arrive after its exit.
    if (worker instanceof Worker && worker.isDead()) return;
    online.add(nodeOf(worker));
    coordination.join(nodeOf(worker), { lasting: true });
  };
  const goes = (worker: object, code: unknown): void => {
    online.delete(nodeOf(worker));
    const lost = code !== 0 && fieldOf(worker, "exitedAfterDisconnect") !== true;
    coordination.leave(nodeOf(worker), { lost });
    exits.add(1, { outcome: lost ? "failure" : "success" });
  };
  recording.before(cluster, "emit", (_, event, worker, code) => {
    if (!isObject(worker)) return;
    if (event === "fork") forked.set(worker, coordination.startMessage(FORK));
    else if (event === "online") comes(worker);
    else if (event === "exit") goes(worker, code);
  });
  recording.onEnd(() => {
    for (const node of online) coordination.leave(node);
  });
  for (const worker of Object.values(cluster.workers ?? {})) {
    if (worker !== undefined) comes(worker);
  }
}

function nodeOf(worker: object): string {
  return `worker-${String(fieldOf(worker, "id"))}`;
}
