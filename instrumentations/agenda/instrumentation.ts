import { timedCall } from "../../src/recording/timed-call.ts";
import { type ConsumedQueue, ConsumedQueues, Destinations } from "../shared/destinations.ts";
import { prototypeOf } from "../shared/exports.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { histogram } from "../shared/instruments.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

interface JobRun {
  readonly queue: ConsumedQueue;
  /** The latest reason of `fail`. The package resolves the run of a failed job. */
  failure: { readonly error: unknown } | undefined;
}

/** Records the jobs that are saved with the `agenda` package for the first time, and those that it runs. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "agenda" });
  const consumed = new ConsumedQueues(recording, destinations);
  const waits = histogram(recording.meter, "message.wait.duration");
  const runs = new WeakMap<object, JobRun>();
  const begun = (job: unknown): JobRun | undefined => {
    const name = nameOf(job);
    if (name === undefined || !isObject(job)) return undefined;
    const run: JobRun = { queue: consumed.known(name), failure: undefined };
    run.queue.destination.received();
    const dueMillis = Number(attributeOf(job, "nextRunAt") ?? Number.NaN);
    // Applications and database may run on different clocks.
    if (dueMillis > 0) waits.record(Math.max(0, (Date.now() - dueMillis) / 1_000), run.queue.attributes);
    runs.set(job, run);
    run.queue.inFlight.count++;
    return run;
  };
  const ended = (job: unknown, { queue, failure }: JobRun, seconds: number): void => {
    if (isObject(job)) runs.delete(job);
    queue.destination.processed(seconds, failure && (failure.error ?? "undefined"));
    if (failure !== undefined && isTriedAgain(job)) queue.retried();
  };
  return (exports) => {
    const job = prototypeOf(exports, "Job");
    recording.outcome(job, "save", (self) => {
      const name = nameOf(self);
      const isNew = (attributeOf(self, "_id") ?? undefined) === undefined;
      return name !== undefined && isNew ? { fulfilled: () => destinations.of(name).sent() } : {};
    });
    recording.before(job, "fail", (self, error) => {
      const run = isObject(self) ? runs.get(self) : undefined;
      if (run !== undefined) run.failure = { error };
    });
    recording.wrap(job, "run", (run) => {
      return function (...args) {
        const call = (): unknown => Reflect.apply(run, this, args);
        const measured = recording.safely(() => begun(this));
        if (measured === undefined) return call();
        return timedCall(call, (seconds, failure) => {
          measured.queue.inFlight.count--;
          measured.failure ??= failure;
          recording.safely(() => ended(this, measured, seconds));
        });
      };
    });
  };
}

function attributeOf(job: unknown, name: string): unknown {
  return fieldOf(fieldOf(job, "attrs"), name);
}

function nameOf(job: unknown): string | undefined {
  const name = attributeOf(job, "name");
  return typeof name === "string" ? name : undefined;
}

// A repeated job runs again in any case.
function isTriedAgain(job: unknown): boolean {
  const isRepeated = ["repeatInterval", "repeatAt"].some((name) => attributeOf(job, name) !== undefined);
  return !isRepeated && Number(attributeOf(job, "nextRunAt") ?? 0) > 0;
}
