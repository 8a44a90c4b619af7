// How many jobs wait, which only Redis knows.
import { type Destinations, isObject, type Recording } from "../hooking/index.ts";
import { measuresItself, type QueueLike } from "./queue.ts";

const DEFAULT_INTERVAL_SECONDS = 15;
const WAITING = ["wait", "paused", "prioritized"];
const MAX_QUEUES = 1_000;

interface WatchedQueue {
  /** Gone once the application drops it. */
  readonly queue: WeakRef<object>;
  readonly name: string;
  isAsked: boolean;
  /** Takes the latest size out of the export. */
  forget: (() => void) | undefined;
}

/** Asks Redis from time to time, for each queue of the application's, how many jobs wait. */
export class QueueSizes {
  readonly #recording: Recording<unknown>;
  readonly #destinations: Destinations;
  readonly #intervalMillis: number;
  readonly #known = new WeakSet<object>();
  readonly #byName = new Map<string, WatchedQueue>();
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalSeconds the time between two questions; 0 asks never. */
  constructor(recording: Recording<unknown>, destinations: Destinations, intervalSeconds: unknown) {
    this.#recording = recording;
    this.#destinations = destinations;
    const seconds = intervalSeconds ?? DEFAULT_INTERVAL_SECONDS;
    this.#intervalMillis = typeof seconds === "number" && seconds > 0 ? seconds * 1000 : 0;
    recording.onEnd(() => {
      clearInterval(this.#timer);
      for (const watched of this.#byName.values()) watched.forget?.();
    });
  }

  /** Asks for the size of a queue from now on, where it can be asked for and the package does not tell it itself. */
  watch(queue: QueueLike): void {
    if (this.#intervalMillis === 0 || this.#known.has(queue)) return;
    this.#known.add(queue);
    const { name } = queue;
    if (typeof name !== "string" || typeof Reflect.get(queue, "getJobCounts") !== "function") return;
    if (measuresItself(queue) || this.#byName.size >= MAX_QUEUES) return;
    const before = this.#byName.get(name);
    // Another object of the same queue does as well, as long as it is there.
    if (before !== undefined && !isGone(before.queue.deref())) return;
    const watched = { queue: new WeakRef(queue), name, isAsked: false, forget: before?.forget };
    this.#byName.set(name, watched);
    this.#ask(watched);
    this.#timer ??= setInterval(() => this.#askAll(), this.#intervalMillis).unref();
  }

  #askAll(): void {
    for (const watched of this.#byName.values()) {
      if (!isGone(watched.queue.deref())) this.#ask(watched);
      else {
        watched.forget?.();
        this.#byName.delete(watched.name);
      }
    }
  }

  #ask(watched: WatchedQueue): void {
    const queue = watched.queue.deref();
    // While Redis is away, the question waits for it.
    if (queue === undefined || watched.isAsked) return;
    watched.isAsked = true;
    const counts = this.#recording.safely((): unknown =>
      Reflect.apply(Reflect.get(queue, "getJobCounts"), queue, WAITING),
    );
    Promise.resolve(counts).then(
      (answer) => {
        watched.isAsked = false;
        this.#answered(watched, answer);
      },
      () => {
        watched.isAsked = false;
        watched.forget?.();
      },
    );
  }

  #answered(watched: WatchedQueue, counts: unknown): void {
    if (!isObject(counts) || this.#byName.get(watched.name) !== watched) return;
    let size = 0;
    for (const count of Object.values(counts)) if (typeof count === "number") size += count;
    watched.forget = this.#destinations.of(watched.name).queueSize(size);
  }
}

function isGone(queue: QueueLike | undefined): boolean {
  return queue === undefined || queue.closing !== undefined;
}
