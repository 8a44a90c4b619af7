import { Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import type { Recording } from "../shared/recording.ts";
import { type BullMqConfig, FILE } from "./index.ts";
import { watchProcessed } from "./processed.ts";
import { BULLMQ, claimPrefix, type JobLike } from "./queue.ts";
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
  const watchAdded = (target: unknown, methods: readonly string[]): void => {
    for (const name of methods) {
      recording.outcome(target, name, (_, [queue]) => ({ fulfilled: (jobs) => added(queue, jobs) }));
    }
  };
  return (exports, { path }) => {
    // This class creates jobs by static methods.
    if (path === FILE.job) watchAdded(fieldOf(exports, "Job"), ["create", "createBulk"]);
    else if (path === FILE.flow) watchAdded(prototypeOf(exports, "FlowProducer"), ["add", "addBulk"]);
    else watchProcessed(recording, destinations, prototypeOf(exports, "Worker"));
  };
}

// `added` is a job, a list of jobs, or a flow: a job with children.
function countAdded(added: unknown, destinations: Destinations, depth = 0): void {
  if (!isObject(added) || depth > MAX_DEPTH) return;
  const { queueName }: JobLike = added;
  if (typeof queueName === "string") return destinations.of(queueName).sent();
  const parts = Array.isArray(added) ? added : [fieldOf(added, "job"), fieldOf(added, "children")];
  for (const each of parts) countAdded(each, destinations, depth + 1);
}
