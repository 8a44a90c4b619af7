// Jobs that are added to queues.
import { type Destinations, fieldOf, isObject, type Recording } from "../shared/index.ts";
import { claimPrefix, type JobLike } from "./queue.ts";
import type { QueueSizes } from "./queue-sizes.ts";

const MAX_DEPTH = 100;

/** Methods that add jobs, and give a promise of them. */
export interface AddingMethods {
  /** The object that has them. */
  readonly target: unknown;
  readonly methods: readonly string[];
}

/** Counts the jobs that are added. */
export function watchAdded(
  recording: Recording<unknown>,
  destinations: Destinations,
  { target, methods }: AddingMethods,
  sizes: QueueSizes,
): void {
  const added = (queue: unknown, result: unknown): void => {
    count(result, destinations);
    if (!isObject(queue)) return;
    claimPrefix(queue);
    sizes.watch(queue);
  };
  for (const name of methods) {
    recording.wrap(target, name, (add) => {
      return function (...args) {
        return recording.observed(Reflect.apply(add, this, args), {
          fulfilled: (jobs) => added(args[0], jobs),
        });
      };
    });
  }
}

// A job, a list of them, or a flow: a job with others below it.
function count(added: unknown, destinations: Destinations, depth = 0): void {
  if (!isObject(added) || depth > MAX_DEPTH) return;
  if (Array.isArray(added)) {
    for (const each of added) count(each, destinations, depth + 1);
    return;
  }
  const { queueName }: JobLike = added;
  if (typeof queueName === "string") return destinations.of(queueName).sent();
  count(fieldOf(added, "job"), destinations, depth + 1);
  count(fieldOf(added, "children"), destinations, depth + 1);
}
