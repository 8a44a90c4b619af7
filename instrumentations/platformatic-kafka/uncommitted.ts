// Messages that the application has received and not committed.
import type { BoundDestination } from "../../src/facades/index.ts";
import type { InFlight } from "../shared/index.ts";

const MAX_MESSAGES = 10_000;

/** What is recorded of one topic. */
export interface Topic {
  readonly destination: BoundDestination;
  readonly inFlight: InFlight;
}

interface Received {
  readonly offset: bigint;
  readonly startMillis: number;
  readonly topic: Topic;
}

/** The messages of one consumer by partition, in the order of their offsets. At most 10,000 of each: the oldest goes. */
export class Uncommitted {
  readonly #byPartition = new Map<string, Received[]>();

  /** A message was received that the application commits itself. */
  received(partition: string, offset: bigint, topic: Topic): void {
    let messages = this.#byPartition.get(partition);
    if (messages === undefined) this.#byPartition.set(partition, (messages = []));
    messages.push({ offset, startMillis: performance.now(), topic });
    topic.inFlight.count++;
    if (messages.length > MAX_MESSAGES) forget(messages.splice(0, 1));
  }

  /** Everything before an offset is processed. */
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

  /** The consumer has left its group: others get its messages. */
  clear(): void {
    for (const messages of this.#byPartition.values()) forget(messages);
    this.#byPartition.clear();
  }
}

function forget(messages: readonly Received[]): void {
  for (const { topic } of messages) topic.inFlight.count--;
}
