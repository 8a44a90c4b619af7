// Number of messages that wait for the application's consumers, each of which is assigned partitions of topics.
import type { Destinations } from "./destinations.ts";
import { fieldOf } from "./fields.ts";
import { outliving } from "./outliving.ts";
import type { Recording } from "./recording.ts";

// By consumer.
const leftOf = outliving(() => new WeakMap<object, ReadonlyMap<string, Lag>>());

interface Partition {
  readonly topic?: unknown;
  readonly partition?: unknown;
}

interface Lag {
  readonly topic: string;
  readonly partition: number;
  /** Attribute `messaging.destination.name`. */
  readonly name: string;
  messages: number;
}

/** Lags of all partitions assigned to the application's consumers, as `message.queue.size` of their topics. */
export class PartitionLags {
  readonly #destinations: Destinations;
  readonly #byConsumer = new Map<object, Map<string, Lag>>();
  // Those of an earlier recording, until their consumers turn out to be alive.
  readonly #earlier: WeakMap<object, ReadonlyMap<string, Lag>>;
  readonly #removals = new Map<string, () => void>();

  constructor(recording: Recording<unknown>, destinations: Destinations) {
    this.#destinations = destinations;
    this.#earlier = leftOf(recording);
    recording.onEnd(() => {
      for (const [consumer, lags] of this.#byConsumer) this.#earlier.set(consumer, lags);
      for (const remove of this.#removals.values()) remove();
      this.#byConsumer.clear();
    });
  }

  /** Notes that a consumer is alive, so that its lags of an earlier recording are current. */
  seen(consumer: object): void {
    const lags = this.#earlier.get(consumer);
    if (lags === undefined) return;
    this.#earlier.delete(consumer);
    for (const lag of lags.values()) this.set(consumer, lag, lag.messages);
  }

  /** Sets the number of messages of a partition that wait for a consumer. */
  set(consumer: object, { topic, partition }: Partition, messages: number): void {
    if (typeof topic !== "string" || typeof partition !== "number" || !(messages >= 0)) return;
    this.#earlier.delete(consumer);
    let lags = this.#byConsumer.get(consumer);
    if (lags === undefined) this.#byConsumer.set(consumer, (lags = new Map()));
    const key = `${partition} ${topic}`;
    const known = lags.get(key);
    if (known !== undefined) {
      known.messages = messages;
      return;
    }
    const name = this.#destinations.nameOf(topic);
    lags.set(key, { topic, partition, name, messages });
    if (this.#removals.has(name)) return;
    this.#removals.set(
      name,
      this.#destinations.of(topic).queueSize(() => this.#sumOf(name)),
    );
  }

  /** Removes a consumer's partitions, except these: lists of numbers by topic. */
  keepOnly(consumer: object, assigned: unknown): void {
    this.#earlier.delete(consumer);
    const lags = this.#byConsumer.get(consumer);
    if (lags === undefined) return;
    for (const [key, { topic, partition }] of lags) {
      const partitions = fieldOf(assigned, topic);
      if (!Array.isArray(partitions) || !partitions.includes(partition)) lags.delete(key);
    }
    if (lags.size === 0) this.#byConsumer.delete(consumer);
    this.#forgetNames();
  }

  // Topics without a consumer in this process are no longer exported.
  #forgetNames(): void {
    const left = new Set(this.#all().map(({ name }) => name));
    for (const [name, remove] of this.#removals) {
      if (left.has(name)) continue;
      this.#removals.delete(name);
      remove();
    }
  }

  #sumOf(wanted: string): number {
    return this.#all().reduce((sum, { name, messages }) => (name === wanted ? sum + messages : sum), 0);
  }

  #all(): readonly Lag[] {
    return [...this.#byConsumer.values()].flatMap((lags) => [...lags.values()]);
  }
}
