// Events that follow one another.
import { durationMillis } from "./duration.ts";
import type { Form, FormResults } from "./form.ts";
import { type Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import { KeyEntry, RecentKeys } from "./recent-keys.ts";
import { ExpirySweep } from "./expiry-sweep.ts";
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
class Chains extends KeyEntry {
  readonly bySteps: (Chain | undefined)[];

  constructor(key: string, bySteps: (Chain | undefined)[]) {
    super(key);
    this.bySteps = bySteps;
  }

  /** Time of the newest event of all chains. */
  get lastMillis(): number {
    let lastMillis = -Infinity;
    for (const chain of this.bySteps)
      lastMillis = Math.max(lastMillis, chain?.occurrence.millis ?? -Infinity);
    return lastMillis;
  }
}

/** Partial matches of a sequence: at most one for each key and number of steps. */
export class Follow implements Form {
  readonly nextDeadlineMillis: number = Infinity;
  readonly #results: FormResults;
  readonly #keys = new RecentKeys<Chains>();
  readonly #sweep: ExpirySweep<Chains>;
  readonly #withinMillis: number;
  readonly #gapMillis: number;
  /** The bit of each step. */
  readonly #steps: readonly number[];
  /** The bits of the events that must not occur between a step and the next one. */
  readonly #without: readonly number[];

  constructor(sequence: FollowedBy, results: FormResults) {
    this.#results = results;
    this.#withinMillis = durationMillis(sequence.within) ?? 0;
    this.#gapMillis = durationMillis(sequence.max_gap) ?? Infinity;
    let pattern = 0;
    const steps: number[] = [];
    const without: number[] = [];
    for (const step of sequence.steps) {
      steps.push(1 << pattern++);
      let bits = 0;
      for (const _ of step.without ?? []) bits |= 1 << pattern++;
      without.push(bits);
    }
    this.#steps = steps;
    this.#without = without.slice(1);
    this.#sweep = new ExpirySweep(this.#keys, this.#withinMillis);
  }

  get size(): number {
    return this.#keys.size;
  }

  take(key: string, patterns: number, _value: string, occurrence: Occurrence): void {
    this.#sweep.run(occurrence.millis);
    const entry = this.#keys.get(key);
    const last = this.#steps.length - 1;
    if (entry === undefined) {
      if ((patterns & this.#stepAt(0)) !== 0) this.#begin(key, occurrence);
      return;
    }
    // From the last step to the first, so that an event takes one step only.
    const { bySteps } = entry;
    let isLonger = false;
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
        this.#keys.delete(entry);
        return this.#match(key, chain);
      }
      if (chain !== undefined) {
        bySteps[step] = chain;
        isLonger = true;
      } else if ((patterns & (this.#without[step] ?? 0)) !== 0) bySteps[step] = undefined;
      if (bySteps[step] !== undefined) isEmpty = false;
    }
    if (isEmpty) this.#keys.delete(entry);
    else if (isLonger) this.#keys.touch(entry);
  }

  reportBefore(): boolean {
    return false;
  }

  state(): unknown[] {
    return Array.from(this.#keys, ({ key, bySteps }) => [
      key,
      bySteps.map((chain) => (chain === undefined ? null : occurrencesOf(chain).map(occurrenceState))),
    ]);
  }

  restore(given: unknown): boolean {
    if (!Array.isArray(given)) return false;
    const [key, chains]: unknown[] = given;
    if (typeof key !== "string" || this.#keys.get(key) !== undefined || !Array.isArray(chains)) return false;
    if (chains.length !== this.#steps.length - 1) return false;
    const bySteps = chains.map((chain, i) => chainFrom(chain, i + 1));
    if (bySteps.some((chain, i) => chain === undefined && chains[i] !== null)) return false;
    const entry = new Chains(key, bySteps);
    if (entry.lastMillis === -Infinity) return false;
    this.#add(entry);
    return true;
  }

  #stepAt(step: number): number {
    return this.#steps[step] ?? 0;
  }

  #begin(key: string, occurrence: Occurrence): void {
    const bySteps: (Chain | undefined)[] = this.#steps.slice(1).map(() => undefined);
    bySteps[0] = { occurrence, previous: undefined };
    this.#add(new Chains(key, bySteps));
  }

  #add(entry: Chains): void {
    this.#keys.add(entry);
    const { oldest } = this.#keys;
    if (this.#keys.size <= this.#results.maxKeys || oldest === undefined) return;
    if (oldest.lastMillis + this.#withinMillis >= entry.lastMillis) this.#results.evicted();
    this.#keys.delete(oldest);
  }

  #isOpen(chain: Chain, millis: number): boolean {
    if (millis - chain.occurrence.millis > this.#gapMillis) return false;
    let first = chain;
    while (first.previous !== undefined) first = first.previous;
    return millis - first.occurrence.millis <= this.#withinMillis;
  }

  #match(key: string, chain: Chain): void {
    const occurrences = occurrencesOf(chain);
    const firstMillis = occurrences[0]?.millis ?? chain.occurrence.millis;
    const lastMillis = chain.occurrence.millis;
    this.#results.matched({ key, occurrences, firstMillis, lastMillis, count: occurrences.length });
  }
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
