// Jobs processed by workers.
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import { type BoundRecorder, boundRecorder } from "../../src/recording/bind.ts";
import { type ConsumedQueue, ConsumedQueues, type Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { histogram } from "../shared/instruments.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { claimPrefix, type JobLike, measuresItself, type QueueLike } from "./queue.ts";

// The errors by which a processor postpones its job.
const POSTPONED: ReadonlySet<unknown> = new Set(
  "DelayedError RateLimitError WaitingError WaitingChildrenError".split(" "),
);
const RATE_LIMITED = "bullmq:rateLimitExceeded";

interface WorkedQueue extends ConsumedQueue {
  readonly waited: BoundRecorder;
  readonly measuresItself: boolean;
}

/** Records the jobs that workers process. `worker` is the prototype of all workers. */
export function watchProcessed(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  worker: object,
): void {
  const consumed = new ConsumedQueues(recording, destinations);
  const waits = histogram(recording.meter, "message.wait.duration");
  const queues = new WeakMap<object, WorkedQueue>();
  const queueOf = (self: unknown): WorkedQueue | undefined => {
    if (!isObject(self)) return undefined;
    const { name }: QueueLike = self;
    if (typeof name !== "string") return undefined;
    const known = queues.get(self);
    if (known !== undefined) return known;
    claimPrefix(self);
    const ofName = consumed.of(name);
    const waited = boundRecorder(waits, ofName.attributes);
    const queue = { ...ofName, waited, measuresItself: measuresItself(self) };
    queues.set(self, queue);
    return queue;
  };
  const begin = (self: unknown, job: unknown): WorkedQueue | undefined => {
    const queue = queueOf(self);
    if (queue === undefined || !isObject(job)) return undefined;
    queue.destination.received();
    const waited = secondsWaited(job);
    if (waited !== undefined) queue.waited.record(waited);
    queue.inFlight.count++;
    return queue;
  };
  const happened = (self: unknown, event: unknown, job: unknown): void => {
    const isTriedAgain =
      event === "failed" && isObject(job) && typeof fieldOf(job, "finishedOn") !== "number";
    if (event !== "stalled" && !isTriedAgain) return;
    const queue = queueOf(self);
    if (queue?.measuresItself === false) queue.retried();
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
  recording.before(worker, "emit", (self, event, job) => happened(self, event, job));
}

// If a job was started before (a retried, postponed, rate-limited or stalled one), the start of its wait is unknown.
function secondsWaited({ timestamp, processedOn, attemptsStarted, opts }: JobLike): number | undefined {
  if (typeof timestamp !== "number" || typeof processedOn !== "number" || attemptsStarted !== 1)
    return undefined;
  const delay = fieldOf(opts, "delay");
  const sinceMillis = timestamp + (typeof delay === "number" ? delay : 0);
  // Producer and worker may run on different clocks.
  return Math.max(0, (processedOn - sinceMillis) / 1000);
}

function isPostponed(failure: CallFailure | undefined): boolean {
  const error = failure?.error;
  return POSTPONED.has(fieldOf(error, "name")) || fieldOf(error, "message") === RATE_LIMITED;
}
