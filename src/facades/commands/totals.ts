// Totals of executions, of all members of a group.
import { FactsOfMembers } from "../../recording/member-facts.ts";
import type { KindOfState, SharedState } from "../../recording/shared-state.ts";

const COUNTS = ["successes", "failures", "timed", "totalSeconds"] as const;

/** Totals of executions. */
export interface CommandTotals {
  successes: number;
  failures: number;
  /** Executions with a valid time. */
  timed: number;
  totalSeconds: number;
}

/** Creates totals of zero. */
export function noCommands(): CommandTotals {
  return { successes: 0, failures: 0, timed: 0, totalSeconds: 0 };
}

/** State shared by all facades on one provider: the totals of all, and those of other members, also of ended ones. */
export class CommandsState implements SharedState {
  readonly #totals = noCommands();
  readonly #ended = noCommands();
  readonly #others = new FactsOfMembers(totalsFrom);

  add(totals: Readonly<CommandTotals>): void {
    addTo(this.#totals, totals);
  }

  /** Returns the sum of the totals of other members and `own`, those of one facade. */
  withOthers(own: Readonly<CommandTotals>): Readonly<CommandTotals> {
    return sumOf([own, this.#ended, ...this.#others]);
  }

  absorb(other: CommandsState): void {
    this.add(other.#totals);
  }

  facts(): unknown {
    const totals = sumOf([this.#totals, this.#ended]);
    return totals.successes + totals.failures === 0 ? undefined : totals;
  }

  setFacts(member: string, facts: readonly unknown[] | undefined): void {
    const before = this.#others.set(member, facts);
    if (facts === undefined) for (const totals of before) addTo(this.#ended, totals);
  }
}

/** Kind of the state; it has no instruments of its own. */
export const COMMANDS_STATE: KindOfState<CommandsState, []> = {
  kind: "commands",
  create: () => new CommandsState(),
  observe: () => {},
};

/** Adds `added` to `totals`. */
export function addTo(totals: CommandTotals, added: Readonly<CommandTotals>): void {
  // Never infinite.
  for (const count of COUNTS) totals[count] = Math.min(totals[count] + added[count], Number.MAX_VALUE);
}

function sumOf(all: readonly Readonly<CommandTotals>[]): CommandTotals {
  const sum = noCommands();
  for (const totals of all) addTo(sum, totals);
  return sum;
}

function totalsFrom(given: unknown): CommandTotals | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(given));
  const totals = noCommands();
  for (const count of COUNTS) {
    const value = fields.get(count);
    if (typeof value !== "number" || !(value >= 0)) return undefined;
    totals[count] = value;
  }
  return totals;
}
