import { FactsOfMembers } from "../../recording/member-facts.ts";
import type { SharedState } from "../../recording/shared-state.ts";
import { ActiveNodes, type NodeFact } from "./active-nodes.ts";

/** A leader, and when it was set, in milliseconds since the epoch. */
interface LeaderFact {
  readonly name: string;
  readonly sinceUnixMillis: number;
}

/** The nodes and the leader of another member of the group. */
interface OtherMember {
  readonly nodes: ActiveNodes;
  readonly leader: LeaderFact | undefined;
}

/** State shared by all facades on one provider. */
export class CoordinationState implements SharedState {
  readonly nodes: ActiveNodes = new ActiveNodes();
  readonly #others = new FactsOfMembers(otherFrom);
  #leader: LeaderFact | undefined;

  /** The leader that was set last in any member. */
  get currentLeader(): string | undefined {
    return this.#latest?.name;
  }

  get #latest(): LeaderFact | undefined {
    let latest = this.#leader;
    for (const { leader } of this.#others) {
      if (leader !== undefined && leader.sinceUnixMillis > (latest?.sinceUnixMillis ?? -Infinity))
        latest = leader;
    }
    return latest;
  }

  /** Number of active nodes of all members. */
  get activeNodes(): number {
    return this.nodes.countWith([...this.#others].map(({ nodes }) => nodes));
  }

  /** Sets the leader, in this process and as the last one of all. Returns whether either is a change. */
  setLeader(name: string): boolean {
    const latest = this.#latest;
    const isChange = name !== this.#leader?.name || name !== latest?.name;
    // The clock may have been set back.
    const sinceUnixMillis = Math.max(Date.now(), (latest?.sinceUnixMillis ?? -Infinity) + 1);
    this.#leader = { name, sinceUnixMillis };
    return isChange;
  }

  absorb(other: CoordinationState): void {
    this.nodes.absorb(other.nodes);
    this.#leader = other.#leader ?? this.#leader;
  }

  facts(): unknown {
    const nodes = this.nodes.facts;
    return nodes.length === 0 && this.#leader === undefined ? undefined : { nodes, leader: this.#leader };
  }

  setFacts(member: string, facts: readonly unknown[] | undefined): void {
    this.#others.set(member, facts);
  }
}

function otherFrom(given: unknown): OtherMember | undefined {
  if (typeof given !== "object" || given === null || !("nodes" in given) || !Array.isArray(given.nodes))
    return undefined;
  const leader = "leader" in given && isLeader(given.leader) ? given.leader : undefined;
  return { nodes: ActiveNodes.from(given.nodes.filter(isNode)), leader };
}

function isNode(given: unknown): given is NodeFact {
  if (!Array.isArray(given)) return false;
  const [node, until]: unknown[] = given;
  return typeof node === "string" && (until === null || typeof until === "number");
}

function isLeader(given: unknown): given is LeaderFact {
  return (
    typeof given === "object" &&
    given !== null &&
    "name" in given &&
    typeof given.name === "string" &&
    "sinceUnixMillis" in given &&
    typeof given.sinceUnixMillis === "number"
  );
}
