// Events that follow one another.
import { durationMillis } from "./duration.ts";
import { type Form, type FormMatch, type KeyedEvent, PartialMatch } from "./keyed-window.ts";
import { type Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import type { FollowedBy } from "./rule.ts";

/** The beginning of a match, from its last event back to its first. */
interface Chain {
  readonly occurrence: Occurrence;
  readonly previous: Chain | undefined;
}

/**
 * The chains of a key, by their number of steps. One of each is enough: the latest has the latest first and last event of
 * all. It is within the times if any chain is.
 *
 * ```
 * steps     A followed by B followed by C
 * events    A1   A2   B3   A4
 * chains    [0]: A4   [1]: A2 ◄ B3
 * ```
 */
class Chains extends PartialMatch {
  readonly bySteps: (Chain | undefined)[];

  constructor(key: string, bySteps: (Chain | undefined)[]) {
    super(key);
    this.bySteps = bySteps;
  }

  get lastMillis(): number {
    let lastMillis = -Infinity;
    for (const chain of this.bySteps)
      lastMillis = Math.max(lastMillis, chain?.occurrence.millis ?? -Infinity);
    return lastMillis;
  }
}

/** A sequence: at most one partial match for each key and number of steps. */
export class FollowForm implements Form<Chains> {
  readonly withinMillis: number;
  readonly #gapMillis: number;
  /** The bit of each step. */
  readonly #steps: readonly number[];
  /** The bits of the events that must not occur between a step and the next one. */
  readonly #without: readonly number[];

  constructor(sequence: FollowedBy) {
    this.withinMillis = durationMillis(sequence.within) ?? 0;
    this.#gapMillis = durationMillis(sequence.max_gap) ?? Infinity;
    let pattern = 0;
    const bits = (events: readonly unknown[]): number =>
      events.reduce<number>((sum) => sum | (1 << pattern++), 0);
    const steps = sequence.steps.map(({ event, without = [] }) => [bits([event]), bits(without)] as const);
    this.#steps = steps.map(([step]) => step);
    this.#without = steps.slice(1).map(([, without]) => without);
  }

  take(
    partial: Chains | undefined,
    { key, patterns }: KeyedEvent,
    occurrence: Occurrence,
  ): Chains | FormMatch | undefined {
    const last = this.#steps.length - 1;
    if (partial === undefined) {
      if ((patterns & this.#stepAt(0)) === 0) return undefined;
      const first: (Chain | undefined)[] = this.#without.map(() => undefined);
      first[0] = { occurrence, previous: undefined };
      return new Chains(key, first);
    }
    // From the last step to the first, so that an event takes one step only.
    const { bySteps } = partial;
    let isEmpty = true;
    for (let step = last; step >= 0; step--) {
      let chain: Chain | undefined;
      if ((patterns & this.#stepAt(step)) !== 0) {
        const previous = step === 0 ? undefined : bySteps[step - 1];
        if (step === 0 || (previous !== undefined && this.#isOpen(previous, occurrence.millis)))
          chain = { occurrence, previous };
      }
      if (step === last) {
        if (chain === undefined) continue;
        return matchOf(key, occurrencesOf(chain));
      }
      if (chain !== undefined) bySteps[step] = chain;
      else if ((patterns & (this.#without[step] ?? 0)) !== 0) bySteps[step] = undefined;
      if (bySteps[step] !== undefined) isEmpty = false;
    }
    return isEmpty ? undefined : partial;
  }

  state({ bySteps }: Chains): readonly unknown[] {
    return [bySteps.map((chain) => (chain === undefined ? null : occurrencesOf(chain).map(occurrenceState)))];
  }

  restored(key: string, [chains]: readonly unknown[]): Chains | undefined {
    if (!Array.isArray(chains) || chains.length !== this.#without.length) return undefined;
    const bySteps = chains.map((chain, i) => chainFrom(chain, i + 1));
    if (bySteps.some((chain, i) => chain === undefined && chains[i] !== null)) return undefined;
    return bySteps.every((chain) => chain === undefined) ? undefined : new Chains(key, bySteps);
  }

  #stepAt(step: number): number {
    return this.#steps[step] ?? 0;
  }

  #isOpen(chain: Chain, millis: number): boolean {
    if (millis - chain.occurrence.millis > this.#gapMillis) return false;
    let first = chain;
    while (first.previous !== undefined) first = first.previous;
    return millis - first.occurrence.millis <= this.withinMillis;
  }
}

function matchOf(key: string, occurrences: readonly Occurrence[]): FormMatch {
  const [firstMillis = 0, lastMillis = 0] = [occurrences[0]?.millis, occurrences.at(-1)?.millis];
  return { key, occurrences, firstMillis, lastMillis, count: occurrences.length };
}

function occurrencesOf(chain: Chain): Occurrence[] {
  const occurrences: Occurrence[] = [];
  for (let each: Chain | undefined = chain; each !== undefined; each = each.previous)
    occurrences.push(each.occurrence);
  return occurrences.toReversed();
}

function chainFrom(given: unknown, length: number): Chain | undefined {
  if (!Array.isArray(given) || given.length !== length) return undefined;
  let chain: Chain | undefined;
  for (const each of given) {
    const occurrence = occurrenceFrom(each);
    if (occurrence === undefined) return undefined;
    chain = { occurrence, previous: chain };
  }
  return chain;
}
