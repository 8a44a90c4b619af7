// Events of consumers: their lag, and the leader of their group.
import { ConsumerGroups } from "../shared/consumer-groups.ts";
import type { Destinations } from "../shared/destinations.ts";
import { isObject } from "../shared/fields.ts";
import type { KafkaConfig } from "../shared/options.ts";
import { PartitionLags } from "../shared/partition-lags.ts";
import type { Recording } from "../shared/recording.ts";

// Fields of events that are read.
type Payload = Readonly<
  Partial<
    Record<
      | ("topic" | "partition" | "highWatermark" | "firstOffset" | "offsetLag" | "duration")
      | ("groupId" | "memberId" | "leaderId" | "memberAssignment"),
      unknown
    >
  >
>;

/** Records the events of all consumers. `emitter` is the prototype of their event emitters, one for each consumer. */
export function watchConsumers(
  recording: Recording<KafkaConfig>,
  destinations: Destinations,
): (emitter: object) => void {
  const lags = new PartitionLags(recording, destinations);
  const groups = new ConsumerGroups(recording);
  const { coordination } = groups;
  const joined = (consumer: object, payload: Payload): void => {
    const { groupId, memberId, leaderId, memberAssignment, duration } = payload;
    lags.keepOnly(consumer, memberAssignment);
    const latency = toNumber(duration) / 1000;
    coordination.message("join", Number.isNaN(latency) ? {} : { latency });
    if (typeof memberId === "string") groups.joined(consumer, memberId);
    if (typeof groupId === "string") groups.leads(groupId, leaderId);
  };
  const happened = (consumer: object, event: unknown, payload: Payload): void => {
    const { groupId, memberId, highWatermark, firstOffset, offsetLag } = payload;
    switch (event) {
      case "consumer.start_batch_process":
        return lags.set(consumer, payload, toNumber(highWatermark) - toNumber(firstOffset));
      case "consumer.end_batch_process":
        return lags.set(consumer, payload, toNumber(offsetLag));
      case "consumer.group_join":
        return joined(consumer, payload);
      case "consumer.heartbeat":
        if (typeof memberId !== "string") return;
        coordination.message("heartbeat");
        return groups.heartbeat(consumer, memberId);
      case "consumer.rebalancing":
        return typeof groupId === "string" ? groups.rebalancing(groupId) : undefined;
      case "consumer.stop":
      case "consumer.disconnect":
        lags.keepOnly(consumer, {});
        return groups.left(consumer);
    }
  };
  return (emitter) =>
    void recording.before(emitter, "emit", (self, event, payload) => {
      if (!isObject(self)) return;
      lags.seen(self);
      happened(self, event, isObject(payload) ? payload : {});
    });
}

// Offsets are strings, since Kafka's may exceed a safe integer; lags do not.
function toNumber(value: unknown): number {
  return typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;
}
