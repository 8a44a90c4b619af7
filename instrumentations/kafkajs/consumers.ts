// The events of consumers: how far behind they are, and who leads their group.
import type { Counter } from "@opentelemetry/api";
import type { Coordination } from "../../src/facades/index.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import {
  counter,
  type Destinations,
  isObject,
  type MessagingConfig,
  PartitionLags,
  type Recording,
} from "../shared/index.ts";

const MAX_GROUPS = 100;

// The fields of events that are read. Anything may be missing.
interface Payload {
  readonly topic?: unknown;
  readonly partition?: unknown;
  readonly highWatermark?: unknown;
  readonly firstOffset?: unknown;
  readonly offsetLag?: unknown;
  readonly groupId?: unknown;
  readonly memberId?: unknown;
  readonly leaderId?: unknown;
  readonly memberAssignment?: unknown;
  readonly duration?: unknown;
}

/** Records the events of all consumers. */
export class Consumers {
  readonly #recording: Recording<MessagingConfig>;
  readonly #coordination: Coordination;
  readonly #lags: PartitionLags;
  readonly #rebalances: Counter;
  readonly #groups = new BoundedNames(MAX_GROUPS);
  readonly #leaders = new Map<string, string>();
  // By the emitter of a consumer's events, of which each has one.
  readonly #members = new Map<object, string>();

  constructor(recording: Recording<MessagingConfig>, destinations: Destinations, coordination: Coordination) {
    this.#recording = recording;
    this.#coordination = coordination;
    this.#lags = new PartitionLags(recording, destinations);
    this.#rebalances = counter(recording.meter, "coordination.rebalances");
    recording.onEnd(() => {
      for (const member of this.#members.values()) coordination.leave(member);
    });
  }

  /** @param emitter the prototype of all emitters of events. */
  attachTo(emitter: object): void {
    this.#recording.before(emitter, "emit", (self, [event, payload]) => {
      if (isObject(self) && typeof event === "string") this.#happened(self, event, payload);
    });
  }

  #happened(consumer: object, event: string, given: unknown): void {
    const payload: Payload = isObject(given) ? given : {};
    switch (event) {
      case "consumer.start_batch_process":
        return this.#lags.set(
          consumer,
          payload,
          toNumber(payload.highWatermark) - toNumber(payload.firstOffset),
        );
      case "consumer.end_batch_process":
        return this.#lags.set(consumer, payload, toNumber(payload.offsetLag));
      case "consumer.group_join":
        return this.#joined(consumer, payload);
      case "consumer.heartbeat":
        if (typeof payload.memberId !== "string") return;
        this.#coordination.message("heartbeat");
        return this.#coordination.heartbeat(payload.memberId);
      case "consumer.rebalancing":
        return this.#rebalancing(payload);
      case "consumer.stop":
      case "consumer.disconnect":
        return this.#left(consumer);
    }
  }

  #joined(consumer: object, { groupId, memberId, leaderId, memberAssignment, duration }: Payload): void {
    this.#lags.keepOnly(consumer, memberAssignment);
    const latency = toNumber(duration) / 1000;
    this.#coordination.message("join", Number.isNaN(latency) ? {} : { latency });
    if (typeof memberId === "string") this.#isMember(consumer, memberId);
    if (typeof groupId !== "string" || typeof leaderId !== "string") return;
    const group = this.#groups.of(groupId);
    // The group's other consumers in this process name the same leader.
    if (this.#leaders.get(group) === leaderId) return;
    this.#leaders.set(group, leaderId);
    this.#coordination.leaderChanged(leaderId);
  }

  #isMember(consumer: object, memberId: string): void {
    const before = this.#members.get(consumer);
    if (before !== undefined && before !== memberId) this.#coordination.leave(before);
    this.#members.set(consumer, memberId);
    this.#coordination.join(memberId);
  }

  #rebalancing({ groupId }: Payload): void {
    if (typeof groupId !== "string") return;
    this.#rebalances.add(1, { "messaging.consumer.group.name": this.#groups.of(groupId) });
  }

  #left(consumer: object): void {
    this.#lags.keepOnly(consumer, {});
    const member = this.#members.get(consumer);
    if (member === undefined) return;
    this.#members.delete(consumer);
    this.#coordination.leave(member);
  }
}

// Offsets come as text, since Kafka's are larger than a number may be; lags are not.
function toNumber(value: unknown): number {
  return typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
}
