// Functions of the application that a scheduler calls.
import type { Gauge } from "@opentelemetry/api";
import { Current } from "./current.ts";
import { type ConsumedQueue, ConsumedQueues, Destinations } from "./destinations.ts";
import { handledMessages } from "./handled-messages.ts";
import { lastProcessedGauge } from "./instruments.ts";
import type { Callback } from "./observed.ts";
import type { MessagingConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

interface JobRecording {
  readonly recording: Recording<unknown>;
  readonly lastProcessed: Gauge;
  queueOf(name: string): ConsumedQueue;
}

/** The jobs of one scheduler. It keeps their functions while the instrumentation is disabled. */
export class ScheduledJobs {
  readonly #system: string;
  readonly #current = new Current<JobRecording>();
  readonly #measured = new WeakSet<object>();

  /** @param system attribute `messaging.system.name` */
  constructor(system: string) {
    this.#system = system;
  }

  begin(recording: Recording<MessagingConfig>): void {
    const consumed = new ConsumedQueues(recording, new Destinations(recording, { system: this.#system }));
    this.#current.set(recording, {
      recording,
      lastProcessed: lastProcessedGauge(recording.meter),
      queueOf: (name) => consumed.known(name),
    });
  }

  /** Returns `job` with its runs recorded; the same function if they already are. `nameOf` is called at each run. */
  measured(job: Callback, nameOf: () => string): Callback {
    if (this.#measured.has(job)) return job;
    const current = this.#current;
    const measured: Callback = function (...args) {
      const jobs = current.value;
      const queue = jobs?.recording.safely(() => jobs.queueOf(nameOf()));
      const call = (): unknown => Reflect.apply(job, this, args);
      if (jobs === undefined || queue === undefined) return call();
      return handledMessages(jobs.recording, queue, 1, call, () =>
        jobs.lastProcessed.record(Date.now() / 1_000, queue.attributes),
      );
    };
    this.#measured.add(measured);
    return measured;
  }
}

/** Returns the first text among what a scheduler calls a job. */
export function jobName(...given: readonly unknown[]): string {
  return given.find((each) => typeof each === "string") ?? "once";
}
