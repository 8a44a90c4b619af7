// Messages sent, received and committed, and the consumers' lag.
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { ClientOperations } from "../shared/client-operations.ts";
import type { ConsumerGroups } from "../shared/consumer-groups.ts";
import { type ConsumedQueue, ConsumedQueues, type Destinations } from "../shared/destinations.ts";
import { fieldOf, isObject, listIn } from "../shared/fields.ts";
import type { MessagingConfig } from "../shared/options.ts";
import { outlivingValues } from "../shared/outliving.ts";
import { PartitionLags } from "../shared/partition-lags.ts";
import type { Recording } from "../shared/recording.ts";
import { onEnd, onSuccess } from "./channels.ts";

const MAX_TOPICS = 10_000;
const MAX_UNCOMMITTED = 10_000;
const MAX_UNCOMMITTED_MILLIS = 12 * 3_600_000;

/** Changes in the consumers' partitions. */
export interface Consumers {
  /** Sets the exact partitions of a consumer: lists of numbers by topic. */
  assigned(consumer: object, partitions: Readonly<Record<string, unknown>>): void;
  /** Removes a consumer that has left its group. */
  left(consumer: object): void;
}

/** Records the messages of all producers and consumers. */
export function watchMessages(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  groups: ConsumerGroups,
): Consumers {
  const lags = new PartitionLags(recording, destinations);
  const left = (consumer: object): void => {
    lags.keepOnly(consumer, {});
    uncommitted.get(consumer)?.keepOnly({});
    uncommitted.delete(consumer);
  };
  const uncommitted = watchReceived(recording, destinations, () => {
    for (const consumer of groups.consumers) {
      // The protocol `consumer` publishes no leaves. A consumer that is still closing has its member id.
      if (fieldOf(consumer, "closed") !== true || typeof fieldOf(consumer, "memberId") === "string") continue;
      left(consumer);
      groups.left(consumer);
    }
  });
  watchLags(recording, lags);
  const operations = new ClientOperations(recording, destinations);
  onEnd(recording, "producer:sends", ({ options }, nanos, error) => {
    const given = listIn(options, "messages").map((message) => fieldOf(message, "topic"));
    const topics = given.filter((topic) => typeof topic === "string");
    const [first] = topics;
    const destination = topics.every((topic) => topic === first) ? first : undefined;
    const failure = error !== undefined && { "error.type": errorTypeOf(error) };
    operations.ended({ name: "send", type: "send", destination }, nanos, failure || undefined);
    if (error === undefined) for (const topic of topics) destinations.of(topic).sent();
  });
  return {
    assigned(consumer, partitions) {
      lags.keepOnly(consumer, partitions);
      uncommitted.get(consumer)?.keepOnly(partitions);
    },
    left,
  };
}

/** The partitions of a consumer: lists of numbers by topic. */
export function partitionsOf(consumer: object): Readonly<Record<string, unknown>> {
  const pairs = listIn(consumer, "assignments").map((each) => [
    String(fieldOf(each, "topic")),
    fieldOf(each, "partitions"),
  ]);
  return Object.fromEntries(pairs);
}

// By consumer, until it leaves its group or has none.
const uncommittedOf = outlivingValues<object, Uncommitted>((messages) => messages.keepOnly({}));

function watchReceived(
  recording: Recording<MessagingConfig>,
  destinations: Destinations,
  dropClosed: () => void,
): Map<object, Uncommitted> {
  const uncommitted = uncommittedOf(recording);
  const queues = new ConsumedQueues(recording, destinations, () => {
    dropClosed();
    for (const [consumer, messages] of uncommitted) if (messages.expire()) uncommitted.delete(consumer);
  });
  const topics = new Map<string, ConsumedQueue>();
  const topicOf = (name: string): ConsumedQueue => {
    let topic = topics.get(name);
    if (topic === undefined) {
      if (topics.size >= MAX_TOPICS) topics.clear();
      topics.set(name, (topic = queues.of(name)));
    }
    return topic;
  };

  onSuccess(recording, "consumer:receives", ({ client, result }) => {
    const name = fieldOf(result, "topic");
    if (typeof name !== "string") return;
    destinations.of(name).received();
    const offset = fieldOf(result, "offset");
    if (!isObject(client) || typeof offset !== "bigint" || !isCommittedByHand(result)) return;
    let messages = uncommitted.get(client);
    if (messages === undefined) uncommitted.set(client, (messages = new Uncommitted()));
    messages.received(`${String(fieldOf(result, "partition"))} ${name}`, offset, topicOf(name));
  });
  onSuccess(recording, "consumer:commits", ({ client, options }) => {
    const messages = isObject(client) ? uncommitted.get(client) : undefined;
    for (const entry of messages === undefined ? [] : listIn(options, "offsets")) {
      const offset = fieldOf(entry, "offset");
      const key = `${String(fieldOf(entry, "partition"))} ${String(fieldOf(entry, "topic"))}`;
      if (typeof offset === "bigint") messages?.committed(key, offset);
    }
  });
  return uncommitted;
}

// If the package commits by itself, it does so while fetching, and `commit` of a message does nothing.
function isCommittedByHand(message: unknown): boolean {
  const commit = fieldOf(message, "commit");
  return typeof commit === "function" && commit.name !== "noopCallback";
}

function watchLags(recording: Recording<unknown>, lags: PartitionLags): void {
  // Fetches identify topics by id.
  const names = new Map<unknown, string>();
  onSuccess(recording, "base:metadata", ({ result }) => {
    const topics = fieldOf(result, "topics");
    if (!(topics instanceof Map)) return;
    if (names.size >= MAX_TOPICS) names.clear();
    for (const [name, topic] of topics) if (typeof name === "string") names.set(fieldOf(topic, "id"), name);
  });
  onSuccess(recording, "consumer:fetches", ({ client, options, result }) => {
    if (!isObject(client)) return;
    // The broker may respond to a fetch after its partition was given to another consumer.
    const assigned = partitionsOf(client);
    const asked = new Map<string, unknown>();
    for (const topic of listIn(options, "topics")) {
      for (const each of listIn(topic, "partitions")) {
        const key = `${String(fieldOf(each, "partition"))} ${String(fieldOf(topic, "topicId"))}`;
        asked.set(key, fieldOf(each, "fetchOffset"));
      }
    }
    for (const response of listIn(result, "responses")) {
      const id = fieldOf(response, "topicId");
      for (const answer of listIn(response, "partitions")) {
        const partition = fieldOf(answer, "partitionIndex");
        const next = offsetAfter(answer) ?? asked.get(`${String(partition)} ${String(id)}`);
        const end = fieldOf(answer, "highWatermark");
        if (typeof next !== "bigint" || typeof end !== "bigint") continue;
        const topic = names.get(id);
        if (!listIn(assigned, topic ?? "").includes(partition)) continue;
        lags.set(client, { topic, partition }, Number(end - next));
      }
    }
  });
}

function offsetAfter(answer: unknown): bigint | undefined {
  const batch = listIn(answer, "records").at(-1);
  const [first, delta] = [fieldOf(batch, "firstOffset"), fieldOf(batch, "lastOffsetDelta")];
  return typeof first === "bigint" && typeof delta === "number" ? first + BigInt(delta) + 1n : undefined;
}

interface Received {
  readonly offset: bigint;
  readonly startMillis: number;
  readonly topic: ConsumedQueue;
}

/**
 * Uncommitted messages of one consumer by partition, in order of their offsets. At most 10,000 for each, at most 12
 * hours old; the oldest is dropped first.
 */
class Uncommitted {
  readonly #byPartition = new Map<string, Received[]>();

  /** Adds a received message that the application commits itself. A consumer may go back to an earlier offset. */
  received(partition: string, offset: bigint, topic: ConsumedQueue): void {
    let messages = this.#byPartition.get(partition);
    if (messages === undefined) this.#byPartition.set(partition, (messages = []));
    const last = messages.at(-1);
    if (last !== undefined && last.offset >= offset) {
      forget(messages.splice(messages.findIndex((message) => message.offset >= offset)));
    }
    messages.push({ offset, startMillis: performance.now(), topic });
    topic.inFlight.count++;
    if (messages.length > MAX_UNCOMMITTED) forget(messages.splice(0, 1));
  }

  /** Marks all messages before an offset as processed. */
  committed(partition: string, offset: bigint): void {
    const messages = this.#byPartition.get(partition);
    if (messages === undefined) return;
    const end = messages.findIndex((message) => message.offset >= offset);
    const processed = messages.splice(0, end < 0 ? messages.length : end);
    forget(processed);
    const nowMillis = performance.now();
    for (const { topic, startMillis } of processed) {
      topic.destination.processed((nowMillis - startMillis) / 1000);
    }
  }

  /** Removes the messages of other partitions than these, by topic: other consumers receive them. */
  keepOnly(assigned: Readonly<Record<string, unknown>>): void {
    for (const [key, messages] of this.#byPartition) {
      const at = key.indexOf(" ");
      const partitions = assigned[key.slice(at + 1)];
      if (Array.isArray(partitions) && partitions.includes(Number(key.slice(0, at)))) continue;
      forget(messages);
      this.#byPartition.delete(key);
    }
  }

  /** Removes messages that are too old; returns whether none is left. */
  expire(): boolean {
    const firstMillis = performance.now() - MAX_UNCOMMITTED_MILLIS;
    for (const [key, messages] of this.#byPartition) {
      const end = messages.findIndex(({ startMillis }) => startMillis >= firstMillis);
      forget(messages.splice(0, end < 0 ? messages.length : end));
      if (messages.length === 0) this.#byPartition.delete(key);
    }
    return this.#byPartition.size === 0;
  }
}

function forget(messages: readonly Received[]): void {
  for (const { topic } of messages) topic.inFlight.count--;
}
