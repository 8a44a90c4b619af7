// Jobs on their way through workers.
import type { Attributes } from "@opentelemetry/api";
import type { BoundDestination } from "../../src/facades/index.ts";
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import {
  type BoundHistogram,
  boundHistogram,
  type Destinations,
  type InFlight,
  InFlightMessages,
  isObject,
  type MessagingConfig,
  type Recording,
  retriedCounter,
  waitHistogram,
} from "../shared/index.ts";
import { claimPrefix, type JobLike, measuresItself, type QueueLike } from "./queue.ts";

// By these a processor says that the job is to go on later.
const POSTPONED = new Set(["DelayedError", "RateLimitError", "WaitingError", "WaitingChildrenError"]);
const RATE_LIMITED = "bullmq:rateLimitExceeded";

interface WorkedQueue {
  readonly destination: BoundDestination;
  readonly attributes: Attributes;
  readonly inFlight: InFlight;
  readonly waited: BoundHistogram;
  readonly measuresItself: boolean;
}

/** Records what workers do with jobs. `worker` is the prototype of all of them. */
export function watchProcessed(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  worker: object,
): void {
  const inFlight = new InFlightMessages(recording, destinations);
  const retried = retriedCounter(recording.meter);
  const waits = waitHistogram(recording.meter);
  const queues = new WeakMap<object, WorkedQueue>();
  const queueOf = (self: unknown): WorkedQueue | undefined => {
    if (!isObject(self)) return undefined;
    const { name }: QueueLike = self;
    if (typeof name !== "string") return undefined;
    let queue = queues.get(self);
    if (queue === undefined) {
      claimPrefix(self);
      const attributes = destinations.attributesOf(name);
      queue = {
        destination: destinations.of(name),
        attributes,
        inFlight: inFlight.of(name),
        waited: boundHistogram(waits, attributes),
        measuresItself: measuresItself(self),
      };
      queues.set(self, queue);
    }
    return queue;
  };
  const begin = (self: unknown, job: unknown): WorkedQueue | undefined => {
    const queue = queueOf(self);
    if (queue === undefined || !isObject(job)) return undefined;
    queue.destination.received();
    queue.inFlight.count++;
    const waited = secondsWaited(job);
    if (waited !== undefined) queue.waited.record(waited);
    return queue;
  };
  const happened = (self: unknown, event: unknown, job: unknown): void => {
    if (event !== "stalled" && !(event === "failed" && isObject(job) && !isFinished(job))) return;
    const queue = queueOf(self);
    if (queue !== undefined && !queue.measuresItself) retried.add(1, queue.attributes);
  };

  recording.wrap(worker, "callProcessJob", (process) => {
    return function (...args) {
      const queue = recording.safely(() => begin(this, args[0]));
      const call = (): unknown => Reflect.apply(process, this, args);
      if (queue === undefined) return call();
      return timedCall(call, (seconds, failure) => {
        queue.inFlight.count--;
        if (!queue.measuresItself && !isPostponed(failure)) {
          queue.destination.processed(seconds, failure && (failure.error ?? "unknown"));
        }
      });
    };
  });
  recording.before(worker, "emit", (self, [event, job]) => happened(self, event, job));
}

// Of a job that is tried again nobody knows since when it waits.
function secondsWaited({ timestamp, processedOn, attemptsMade, opts }: JobLike): number | undefined {
  if (typeof timestamp !== "number" || typeof processedOn !== "number" || attemptsMade !== 0)
    return undefined;
  const delay: unknown = isObject(opts) ? Reflect.get(opts, "delay") : undefined;
  const sinceMillis = timestamp + (typeof delay === "number" ? delay : 0);
  // Two clocks may differ.
  return Math.max(0, (processedOn - sinceMillis) / 1000);
}

function isFinished({ finishedOn }: JobLike): boolean {
  return typeof finishedOn === "number";
}

function isPostponed(failure: CallFailure | undefined): boolean {
  const error = failure?.error;
  if (!isObject(error)) return false;
  const name: unknown = Reflect.get(error, "name");
  return (typeof name === "string" && POSTPONED.has(name)) || Reflect.get(error, "message") === RATE_LIMITED;
}
