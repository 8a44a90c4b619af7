// Consumers as members of their groups.
import type { Counter } from "@opentelemetry/api";
import type { Coordination } from "../../src/facades/index.ts";
import { BoundedNames } from "../../src/recording/bounded-names.ts";
import { counter } from "./instruments.ts";
import { coordinationOf } from "./locks.ts";
import type { NodesConfig } from "./options.ts";
import { outlivingValues } from "./outliving.ts";
import type { Recording } from "./recording.ts";

const MAX_GROUPS = 100;
const membersOf = outlivingValues<object, string>();

/** Memberships of all consumers of the process, by consumer object, and the leaders of their groups. */
export class ConsumerGroups {
  readonly coordination: Coordination;
  readonly #rebalances: Counter;
  readonly #groups = new BoundedNames(MAX_GROUPS);
  readonly #members: Map<object, string>;
  // Several consumers of a group in this process report the same leader.
  readonly #leaders = new Map<string, string>();

  constructor(recording: Recording<NodesConfig>) {
    this.coordination = coordinationOf(recording);
    this.#rebalances = counter(recording.meter, "coordination.rebalances");
    recording.onEnd(() => {
      for (const member of this.#members.values()) this.coordination.leave(member);
    });
    this.#members = membersOf(recording);
    // Those that left while nothing was recorded send no heartbeat.
    for (const member of this.#members.values()) this.coordination.heartbeat(member);
  }

  /** The consumers that are members of a group. */
  get consumers(): Iterable<object> {
    return this.#members.keys();
  }

  /**
   * Records that a consumer has joined a group, with a member id that may be new. Returns whether it was a member
   * before.
   */
  joined(consumer: object, member: string): boolean {
    const before = this.#members.get(consumer);
    if (before !== undefined && before !== member) this.coordination.leave(before);
    this.#members.set(consumer, member);
    this.coordination.join(member);
    return before !== undefined;
  }

  heartbeat(consumer: object, member: string): void {
    this.#members.set(consumer, member);
    this.coordination.heartbeat(member);
  }

  left(consumer: object): void {
    const member = this.#members.get(consumer);
    if (member === undefined) return;
    this.#members.delete(consumer);
    this.coordination.leave(member);
  }

  leads(group: string, leader: unknown): void {
    const name = this.#groups.of(group);
    if (typeof leader !== "string" || this.#leaders.get(name) === leader) return;
    this.#leaders.set(name, leader);
    this.coordination.leaderChanged(leader);
  }

  rebalancing(group: string): void {
    this.#rebalances.add(1, { "messaging.consumer.group.name": this.#groups.of(group) });
  }
}
