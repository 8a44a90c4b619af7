// Number of jobs in each state of a queue, which only Redis knows.
import type { Attributes } from "@opentelemetry/api";
import type { BoundDestination } from "../../src/facades/index.ts";
import { outsideOfRequests } from "../../src/io/outside-of-requests.ts";
import type { Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { observableGauge } from "../shared/instruments.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { BULLMQ, measuresItself, placeOf, type QueueLike } from "./queue.ts";

const DEFAULT_INTERVAL_SECONDS = 15;
// Each state with the BullMQ job types that it includes.
const STATES: ReadonlyMap<string, readonly string[]> = new Map([
  ["waiting", ["wait", "paused", "prioritized"]],
  ["delayed", ["delayed"]],
  ["active", ["active"]],
  ["failed", ["failed"]],
]);
const TYPES = [...STATES.values()].flat();
const MAX_QUEUES = 1_000;
const queuesOf = outliving(() => new LiveObjects<QueueLike>(MAX_QUEUES));

interface WatchedQueue {
  /** Cleared once the application drops the queue. */
  readonly queue: WeakRef<object>;
  readonly destination: BoundDestination;
  readonly attributes: Attributes;
  isAsked: boolean;
  /** The latest number of jobs by state. */
  counts: ReadonlyMap<string, number>;
  /** Removes the latest size from the export. */
  forget: (() => void) | undefined;
}

/**
 * Queries Redis periodically for the number of jobs in each state of each queue. Queues with the same name but
 * another prefix or connection are separate.
 */
export class QueueSizes {
  readonly #recording: Recording<unknown>;
  readonly #destinations: Destinations;
  readonly #intervalMillis: number;
  readonly #live: LiveObjects<QueueLike>;
  readonly #known = new WeakSet<object>();
  readonly #byIdentity = new Map<string, WatchedQueue>();
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalSeconds time between two queries; 0 disables them. */
  constructor(recording: Recording<unknown>, destinations: Destinations, intervalSeconds: unknown) {
    this.#recording = recording;
    this.#destinations = destinations;
    const seconds = intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
    this.#intervalMillis = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : 0;
    recording.observe(observableGauge(recording.meter, "bullmq.queue.jobs"), (result) => {
      for (const { attributes, counts } of this.#byIdentity.values()) {
        for (const [state, count] of counts) {
          result.observe(count, { ...attributes, "bullmq.queue.jobs.state": state });
        }
      }
    });
    recording.onEnd(() => {
      clearInterval(this.#timer);
      for (const watched of this.#byIdentity.values()) watched.forget?.();
    });
    this.#live = queuesOf(recording);
    for (const queue of this.#live) {
      if (isGone(queue)) this.#live.delete(queue);
      else this.watch(queue);
    }
  }

  /** Starts querying the size of a queue, unless it has none or the package measures it itself. */
  watch(queue: QueueLike): void {
    if (this.#intervalMillis === 0 || this.#known.has(queue)) return;
    this.#known.add(queue);
    if (typeof Reflect.get(queue, "getJobCounts") !== "function" || measuresItself(queue)) return;
    this.#live.add(queue);
    this.#begin(queue);
  }

  /** @param gone closed queues by their identity, whose sizes continue. */
  #begin(queue: QueueLike, gone?: ReadonlyMap<string, WatchedQueue>): void {
    const { name } = queue;
    if (typeof name !== "string") return;
    const place = placeOf(queue);
    const identity = JSON.stringify([name, place]);
    const other = this.#byIdentity.get(identity);
    // A queue object that is still alive covers other objects of the same queue.
    if (other === undefined ? this.#byIdentity.size >= MAX_QUEUES : !isGone(other.queue.deref())) return;
    const before = gone?.get(identity) ?? other;
    const watched: WatchedQueue = {
      queue: new WeakRef(queue),
      destination: this.#destinations.messaging.destination(this.#destinations.nameOf(name), {
        system: BULLMQ,
        attributes: place,
      }),
      attributes: { ...this.#destinations.attributesOf(name), ...place },
      isAsked: false,
      counts: before?.counts ?? new Map(),
      forget: before?.forget,
    };
    this.#byIdentity.set(identity, watched);
    // The application's request made the queue; the queries go on after its end.
    outsideOfRequests(() => {
      this.#ask(watched);
      this.#timer ??= setInterval(() => this.#askAll(), this.#intervalMillis).unref();
    });
  }

  #askAll(): void {
    const gone = new Map([...this.#byIdentity].filter(([, { queue }]) => isGone(queue.deref())));
    if (gone.size > 0) this.#replace(gone);
    for (const watched of this.#byIdentity.values()) this.#ask(watched);
  }

  // Replaces closed queues by other objects of the same queue.
  #replace(gone: ReadonlyMap<string, WatchedQueue>): void {
    for (const identity of gone.keys()) this.#byIdentity.delete(identity);
    for (const queue of this.#live) {
      if (isGone(queue)) this.#live.delete(queue);
      else this.#begin(queue, gone);
    }
    for (const [identity, { forget }] of gone) if (!this.#byIdentity.has(identity)) forget?.();
  }

  #ask(watched: WatchedQueue): void {
    const queue = watched.queue.deref();
    // While Redis is unavailable, the pending query waits for it.
    if (queue === undefined || watched.isAsked) return;
    watched.isAsked = true;
    const counts = this.#recording.safely((): unknown =>
      Reflect.apply(Reflect.get(queue, "getJobCounts"), queue, TYPES),
    );
    Promise.resolve(counts)
      .finally(() => (watched.isAsked = false))
      .then(
        (answer) => this.#answered(watched, answer),
        () => {
          watched.counts = new Map();
          watched.forget?.();
        },
      );
  }

  #answered(watched: WatchedQueue, answer: unknown): void {
    if (!isObject(answer) || isGone(watched.queue.deref())) return;
    watched.counts = new Map(
      [...STATES].map(([state, types]) => [
        state,
        types.reduce((sum, type) => sum + countIn(answer, type), 0),
      ]),
    );
    watched.forget = watched.destination.queueSize(watched.counts.get("waiting") ?? 0);
  }
}

function countIn(counts: object, type: string): number {
  const count = fieldOf(counts, type);
  return typeof count === "number" ? count : 0;
}

function isGone(queue: QueueLike | undefined): boolean {
  return queue === undefined || queue.closing !== undefined;
}
