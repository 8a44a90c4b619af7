// Consumers as members of their groups.
import type { Coordination } from "../../src/facades/index.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { counter, fieldOf, isObject, listIn, type Recording } from "../shared/index.ts";
import { onBegin, onSuccess } from "./channels.ts";
import type { Consumers } from "./messages.ts";

const MAX_GROUPS = 100;
const MAX_MEMBERS = 1_000;
// The request's number on the wire.
const JOIN_GROUP = 11;

/** Records joins, heartbeats, leaders and rebalances of all consumers. */
export function watchGroups(
  recording: Recording<unknown>,
  coordination: Coordination,
  consumers: Consumers,
): void {
  const rebalances = counter(recording.meter, "coordination.rebalances");
  const groups = new BoundedNames(MAX_GROUPS);
  const members = new Map<object, string>();
  const leaders = new Map<string, string>();
  const leadersOfMembers = new Map<unknown, unknown>();
  const beginnings = new WeakMap<object, number>();
  recording.onEnd(() => {
    for (const member of members.values()) coordination.leave(member);
  });

  const joined = (consumer: object): void => {
    const [member, group] = [fieldOf(consumer, "memberId"), fieldOf(consumer, "groupId")];
    if (typeof member !== "string" || typeof group !== "string") return;
    const name = groups.of(group);
    const before = members.get(consumer);
    // A member that joins again has heard of a rebalance.
    if (before !== undefined) rebalances.add(1, { "messaging.consumer.group.name": name });
    if (before !== undefined && before !== member) coordination.leave(before);
    members.set(consumer, member);
    coordination.join(member);
    consumers.assigned(consumer, partitionsOf(consumer));
    const leader = leadersOfMembers.get(member);
    leadersOfMembers.delete(member);
    if (typeof leader !== "string" || leaders.get(name) === leader) return;
    leaders.set(name, leader);
    coordination.leaderChanged(leader);
  };
  const left = (consumer: object): void => {
    consumers.left(consumer);
    const member = members.get(consumer);
    if (member === undefined) return;
    members.delete(consumer);
    coordination.leave(member);
  };
  const latencyOf = (operation: object): { readonly latency?: number } => {
    const startMillis = beginnings.get(operation);
    return startMillis === undefined ? {} : { latency: (performance.now() - startMillis) / 1000 };
  };

  for (const channel of ["consumer:group", "consumer:heartbeat"]) {
    onBegin(recording, channel, (operation) => void beginnings.set(operation, performance.now()));
  }
  // Only the answer itself names the leader.
  onSuccess(recording, "connections:api", (request) => {
    if (fieldOf(request, "apiKey") !== JOIN_GROUP) return;
    if (leadersOfMembers.size >= MAX_MEMBERS) leadersOfMembers.clear();
    leadersOfMembers.set(fieldOf(request.result, "memberId"), fieldOf(request.result, "leader"));
  });
  onSuccess(recording, "consumer:group", (operation) => {
    const { client } = operation;
    if (!isObject(client)) return;
    if (operation.operation === "leaveGroup") left(client);
    if (operation.operation !== "joinGroup") return;
    coordination.message("join", latencyOf(operation));
    joined(client);
  });
  onSuccess(recording, "consumer:heartbeat", (operation) => {
    const member = fieldOf(operation.client, "memberId");
    if (typeof member !== "string") return;
    coordination.message("heartbeat", latencyOf(operation));
    coordination.heartbeat(member);
  });
}

function partitionsOf(consumer: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    listIn(consumer, "assignments").map((each) => [
      String(fieldOf(each, "topic")),
      fieldOf(each, "partitions"),
    ]),
  );
}
