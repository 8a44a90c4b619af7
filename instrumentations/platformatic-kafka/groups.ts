// Consumers as members of their groups.
import type { ConsumerGroups } from "../shared/consumer-groups.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import { onEnd, onSuccess } from "./channels.ts";
import { type Consumers, partitionsOf } from "./messages.ts";

const MAX_MEMBERS = 1_000;
// API key of the request in the protocol.
const JOIN_GROUP = 11;

/** Records joins, heartbeats, leaders and rebalances of all consumers. */
export function watchGroups(
  recording: Recording<unknown>,
  groups: ConsumerGroups,
  consumers: Consumers,
): void {
  const { coordination } = groups;
  const leadersOfMembers = new Map<unknown, unknown>();
  const joined = (consumer: object): void => {
    const [member, group] = [fieldOf(consumer, "memberId"), fieldOf(consumer, "groupId")];
    if (typeof member !== "string" || typeof group !== "string") return;
    // A member joins again because of a rebalance.
    if (groups.joined(consumer, member)) groups.rebalancing(group);
    consumers.assigned(consumer, partitionsOf(consumer));
    groups.leads(group, leadersOfMembers.get(member));
    leadersOfMembers.delete(member);
  };

  // Only the response contains the leader.
  onSuccess(recording, "connections:api", (request) => {
    if (fieldOf(request, "apiKey") !== JOIN_GROUP) return;
    if (leadersOfMembers.size >= MAX_MEMBERS) leadersOfMembers.clear();
    leadersOfMembers.set(fieldOf(request.result, "memberId"), fieldOf(request.result, "leader"));
  });
  onEnd(recording, "consumer:group", ({ client, operation }, nanos, error) => {
    if (!isObject(client) || error !== undefined) return;
    if (operation === "leaveGroup") {
      consumers.left(client);
      groups.left(client);
    }
    if (operation !== "joinGroup") return;
    coordination.message("join", { latency: nanos / 1e9 });
    joined(client);
  });
  onEnd(recording, "consumer:heartbeat", ({ client, operation }, nanos, error) => {
    const member = fieldOf(client, "memberId");
    if (!isObject(client) || typeof member !== "string" || error !== undefined) return;
    coordination.message("heartbeat", { latency: nanos / 1e9 });
    groups.heartbeat(client, member);
    // The protocol `consumer` publishes no joins. A heartbeat follows each change of partitions.
    if (operation === "consumerGroupHeartbeat") consumers.assigned(client, partitionsOf(client));
  });
}
