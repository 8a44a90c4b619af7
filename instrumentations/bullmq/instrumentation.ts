import { ClientOperations } from "../shared/client-operations.ts";
import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";
import { type BullMqConfig, FILE } from "./index.ts";
import { watchProcessed } from "./processed.ts";
import { BULLMQ, claimPrefix, type JobLike, placeOf } from "./queue.ts";
import { QueueSizes } from "./queue-sizes.ts";

const MAX_DEPTH = 100;

/** Records the jobs that are added to queues of the `bullmq` package, wait there, and are processed by workers. */
export function begin(recording: Recording<BullMqConfig>): Attach {
  const destinations = new Destinations(recording, { system: BULLMQ });
  const sizes = new QueueSizes(recording, destinations, recording.config.queueSizeInterval);
  const added = (queue: unknown, jobs: unknown): void => {
    countAdded(jobs, destinations);
    if (!isObject(queue)) return;
    claimPrefix(queue);
    sizes.watch(queue);
  };
  const operations = new ClientOperations(recording, destinations);
  // `ownerOf` returns what has the connection.
  const watchAdded = (
    target: unknown,
    methods: readonly string[],
    ownerOf: (self: unknown, given: unknown) => unknown,
  ): void => {
    for (const name of methods)
      recording.outcome(target, name, (self, [given]) => {
        const owner = ownerOf(self, given);
        const { "server.address": address, "server.port": port } = isObject(owner) ? placeOf(owner) : {};
        const operation = { name: "add", type: "send", destination: queueOf(given), address, port } as const;
        return operations.begun(operation, { fulfilled: (jobs) => added(given, jobs) });
      });
  };
  return (exports, { path }) => {
    // This class creates jobs by static methods.
    if (path === FILE.job) watchAdded(fieldOf(exports, "Job"), ["create", "createBulk"], (_, queue) => queue);
    else if (path === FILE.flow)
      watchAdded(prototypeOf(exports, "FlowProducer"), ["add", "addBulk"], (producer) => producer);
    else watchProcessed(recording, destinations, prototypeOf(exports, "Worker"));
  };
}

// A queue, or a flow. One with children has several queues.
function queueOf(given: unknown): string | undefined {
  const ofFlow = fieldOf(given, "children") === undefined ? fieldOf(given, "queueName") : undefined;
  const name = isObject(given) && "queueName" in given ? ofFlow : fieldOf(given, "name");
  return typeof name === "string" ? name : undefined;
}

// `added` is a job, a list of jobs, or a flow: a job with children.
function countAdded(added: unknown, destinations: Destinations, depth = 0): void {
  if (!isObject(added) || depth > MAX_DEPTH) return;
  const { queueName }: JobLike = added;
  if (typeof queueName === "string") return destinations.of(queueName).sent();
  const parts = Array.isArray(added) ? added : [fieldOf(added, "job"), fieldOf(added, "children")];
  for (const each of parts) countAdded(each, destinations, depth + 1);
}
