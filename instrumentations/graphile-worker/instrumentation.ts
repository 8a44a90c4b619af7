import type { Method } from "../../src/recording/replace-method.ts";
import { nanosSince, nowMillis } from "../shared/clock.ts";
import { Current } from "../shared/current.ts";
import { type ConsumedQueue, ConsumedQueues, Destinations } from "../shared/destinations.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { type Attach, isSameFile } from "../shared/instrumented.ts";
import { histogram } from "../shared/instruments.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { MessagingConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";
import { WORKER } from "./index.ts";

interface Run {
  readonly queue: ConsumedQueue;
  readonly startMillis: number;
}

interface JobRecording {
  /** Returns a promise that follows `adding`, the promise of one job or several. */
  added(adding: unknown): unknown;
  started(job: object): void;
  ended(job: object, failure?: { readonly error: unknown }): void;
}

// Workers keep their listeners while the instrumentation is disabled.
const current = new Current<JobRecording>();
const watched = new WeakSet<object>();
const runs = new WeakMap<object, Run>();

/** Records the jobs that are added by the `graphile-worker` package, and those that its workers run. */
export function begin(recording: Recording<MessagingConfig>): Attach {
  const destinations = new Destinations(recording, { system: "graphile_worker" });
  const consumed = new ConsumedQueues(recording, destinations);
  const waits = histogram(recording.meter, "message.wait.duration");
  current.set(recording, {
    added: (promise) =>
      recording.observed(promise, {
        fulfilled: (jobs) => {
          for (const job of [jobs].flat()) destinations.of(taskOf(job)).sent();
        },
      }),
    started: (job) =>
      recording.safely(() => {
        const queue = consumed.known(taskOf(job));
        queue.destination.received();
        queue.inFlight.count++;
        const dueMillis = Number(fieldOf(job, "run_at") ?? Number.NaN);
        // Applications and database may run on different clocks.
        if (dueMillis > 0) waits.record(Math.max(0, (Date.now() - dueMillis) / 1_000), queue.attributes);
        runs.set(job, { queue, startMillis: nowMillis() });
      }),
    ended: (job, failure) =>
      recording.safely(() => {
        const run = runs.get(job);
        if (run === undefined) return;
        runs.delete(job);
        run.queue.inFlight.count--;
        const isTriedAgain = Number(fieldOf(job, "attempts")) < Number(fieldOf(job, "max_attempts"));
        run.queue.destination.processed(
          nanosSince(run.startMillis) / 1e9,
          failure && (failure.error ?? "undefined"),
        );
        if (failure !== undefined && isTriedAgain) run.queue.retried();
      }),
  });
  return (exports, file) => {
    if (isSameFile(file, WORKER)) {
      recording.before(exports, "makeNewWorker", (_, shared) => {
        // Version 0.18 has the options in an object.
        watch(fieldOf(fieldOf(shared, "compiledSharedOptions") ?? shared, "events"));
      });
      return;
    }
    for (const name of ["makeAddJob", "makeAddJobs"]) {
      // Older versions have the first one alone.
      if (name in Object(exports)) recording.wrap(exports, name, adding);
    }
    // Within the file, the original functions are called.
    recording.after(exports, "makeJobHelpers", (_, helpers) => {
      for (const name of ["addJob", "addJobs"]) {
        const add = fieldOf(helpers, name);
        if (isCallback(add)) Reflect.set(Object(helpers), name, followed(add));
      }
    });
  };
}

function adding(make: Method): Method {
  return function (...args) {
    const add = Reflect.apply(make, this, args);
    return isCallback(add) ? followed(add) : add;
  };
}

function followed(add: Callback): Callback {
  return (...jobs) => {
    const promise = add(...jobs);
    return current.value === undefined ? promise : current.value.added(promise);
  };
}

// All workers of a runner have one emitter.
function watch(events: unknown): void {
  if (!hasMethods(events, "on") || watched.has(events)) return;
  watched.add(events);
  const on = (name: string, see: (job: object, error: unknown) => void): void => {
    events.on(name, (event: unknown) => {
      const job = fieldOf(event, "job");
      if (isObject(job)) see(job, fieldOf(event, "error"));
    });
  };
  on("job:start", (job) => current.value?.started(job));
  on("job:success", (job) => current.value?.ended(job));
  on("job:error", (job, error) => current.value?.ended(job, { error }));
}

function taskOf(job: unknown): string {
  return String(fieldOf(job, "task_identifier"));
}
