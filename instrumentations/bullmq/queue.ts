// What is looked at of the package's queues, workers and jobs. Anything may be missing.
import { claimNames, isObject } from "../shared/index.ts";

/** The system's name of the package's queues. */
export const BULLMQ = "bullmq";

/** A `Queue`, a `Worker`, or what a `FlowProducer` makes of a queue. */
export interface QueueLike {
  readonly name?: unknown;
  readonly opts?: unknown;
  readonly closing?: unknown;
}

/** A job. */
export interface JobLike {
  readonly queueName?: unknown;
  readonly timestamp?: unknown;
  readonly processedOn?: unknown;
  readonly finishedOn?: unknown;
  readonly attemptsMade?: unknown;
  readonly opts?: unknown;
}

/** Whether the application has given the queue a meter, so that the package itself measures what becomes of jobs. */
export function measuresItself({ opts }: QueueLike): boolean {
  const telemetry: unknown = isObject(opts) ? Reflect.get(opts, "telemetry") : undefined;
  return isObject(telemetry) && isObject(Reflect.get(telemetry, "meter"));
}

/** Has the instrumentations of Redis clients leave out what the package does with a queue of this prefix. */
export function claimPrefix({ opts }: QueueLike): void {
  const prefix: unknown = isObject(opts) ? Reflect.get(opts, "prefix") : undefined;
  if (typeof prefix === "string" && prefix !== "bull") claimNames(`${prefix}:`);
}
