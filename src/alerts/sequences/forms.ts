// The two forms of rules: events that follow one another, and the absence of an event. Events that are counted follow one
// another, too.
import { durationMillis } from "./duration.ts";
import {
  type Form,
  type FormMatch,
  isMillis,
  type KeyedEvent,
  Occurrence,
  occurrenceFrom,
  PartialMatch,
} from "./keyed-window.ts";
import type { Absence, Count, Distinct, EventSequence, FollowedBy } from "./rule.ts";

/** Returns the form of a sequence. */
export function formOf(sequence: EventSequence): Form {
  switch (sequence.kind) {
    case "sequence":
      return new Steps(sequence);
    case "count":
    case "distinct":
      return new Repetition(sequence);
    case "absence":
      return absenceForm(sequence);
    default:
      return sequence satisfies never;
  }
}

/** A sequence of different steps: at most one partial match for each key and number of steps. */
class Steps implements Form {
  readonly withinMillis: number;
  readonly gapMillis: number;
  /** The bit of each step. */
  readonly steps: readonly number[];
  /** The bits of the events that must not occur between a step and the next one. */
  readonly without: readonly number[];

  constructor(sequence: FollowedBy) {
    this.withinMillis = durationMillis(sequence.within) ?? 0;
    this.gapMillis = durationMillis(sequence.max_gap) ?? Infinity;
    let pattern = 0;
    const bits = (events: readonly unknown[]): number =>
      events.reduce<number>((sum) => sum | (1 << pattern++), 0);
    const steps = sequence.steps.map(({ event, without = [] }) => [bits([event]), bits(without)] as const);
    this.steps = steps.map(([step]) => step);
    this.without = steps.slice(1).map(([, without]) => without);
  }

  begin({ key, patterns }: KeyedEvent, occurrence: Occurrence): Chains | undefined {
    if ((patterns & (this.steps[0] ?? 0)) === 0) return undefined;
    const chains: (Chain | undefined)[] = this.without.map(() => undefined);
    chains[0] = [occurrence];
    return new Chains(key, this, chains);
  }

  restored(key: string, [given]: readonly unknown[]): Chains | undefined {
    if (!Array.isArray(given) || given.length !== this.without.length) return undefined;
    const chains = given.map((chain: unknown, i) => chainFrom(chain, i + 1));
    if (chains.some((chain, i) => chain === undefined && given[i] !== null)) return undefined;
    return chains.every((chain) => chain === undefined) ? undefined : new Chains(key, this, chains);
  }
}

/** The beginning of a match, oldest event first. */
type Chain = readonly [Occurrence, ...Occurrence[]];

/**
 * The chains of a key, by their number of steps. One of each is enough: the latest has the latest first and last event of
 * all. It is within the times if any chain is.
 *
 * ```
 * steps     A followed by B followed by C
 * events    A1   A2   B3   A4
 * chains    [0]: A4   [1]: A2, B3
 * ```
 */
class Chains extends PartialMatch {
  declare readonly form: Steps;
  declare readonly chains: (Chain | undefined)[];

  constructor(key: string, form: Steps, chains: (Chain | undefined)[]) {
    super(key);
    this.form = form;
    this.chains = chains;
  }

  get lastMillis(): number {
    let lastMillis = -Infinity;
    for (const chain of this.chains) lastMillis = Math.max(lastMillis, lastMillisOf(chain));
    return lastMillis;
  }

  // From the last step to the first, so that an event takes one step only.
  take({ key, patterns }: KeyedEvent, occurrence: Occurrence): FormMatch | boolean {
    const { steps, without } = this.form;
    const { chains } = this;
    const last = steps.length - 1;
    let isLeft = false;
    for (let step = last; step >= 0; step--) {
      let chain: Chain | undefined;
      if ((patterns & (steps[step] ?? 0)) !== 0) {
        const previous = step === 0 ? undefined : chains[step - 1];
        if (step === 0) chain = [occurrence];
        else if (previous !== undefined && this.#isOpen(previous, occurrence.millis))
          chain = [...previous, occurrence];
      }
      if (step === last) {
        if (chain === undefined) continue;
        const [{ millis }] = chain;
        const { length } = chain;
        return { key, occurrences: chain, firstMillis: millis, lastMillis: occurrence.millis, count: length };
      }
      if (chain !== undefined) chains[step] = chain;
      else if ((patterns & (without[step] ?? 0)) !== 0) chains[step] = undefined;
      if (chains[step] !== undefined) isLeft = true;
    }
    return isLeft;
  }

  state(): readonly unknown[] {
    return [this.chains.map((chain) => chain ?? null)];
  }

  #isOpen(chain: Chain, millis: number): boolean {
    const { gapMillis, withinMillis } = this.form;
    return millis - lastMillisOf(chain) <= gapMillis && millis - chain[0].millis <= withinMillis;
  }
}

function lastMillisOf(chain: Chain | undefined): number {
  return chain?.[chain.length - 1]?.millis ?? -Infinity;
}

function chainFrom(given: unknown, length: number): Chain | undefined {
  if (!Array.isArray(given) || given.length !== length) return undefined;
  const [first, ...others] = given.map(occurrenceFrom);
  const isWhole = first !== undefined && others.every((each) => each !== undefined);
  return isWhole ? [first, ...others] : undefined;
}

/** A sequence of one event that occurs several times, or with several values. A match has its last event only. */
class Repetition implements Form {
  readonly withinMillis: number;
  readonly minimum: number;
  readonly isDistinct: boolean;

  constructor(sequence: Count | Distinct) {
    this.withinMillis = durationMillis(sequence.within) ?? 0;
    this.minimum = sequence.at_least;
    this.isDistinct = sequence.kind === "distinct";
  }

  begin({ key, value }: KeyedEvent, occurrence: Occurrence): Tally | FormMatch {
    if (this.minimum === 1) return this.matchOf(key, occurrence, occurrence.millis);
    return new Tally(key, this, [occurrence.millis], this.isDistinct ? [value] : undefined);
  }

  restored(key: string, [entries]: readonly unknown[]): Tally | undefined {
    if (!Array.isArray(entries) || entries.length === 0 || entries.length >= this.minimum) return undefined;
    const pairs = entries.map((each: unknown): readonly unknown[] =>
      Array.isArray(each) ? each : ["", each],
    );
    const times = pairs.map(([, time]) => time);
    const values = pairs.map(([value]) => value);
    if (!times.every(isMillis) || !values.every((value) => typeof value === "string")) return undefined;
    return new Tally(key, this, times, this.isDistinct ? values : undefined);
  }

  matchOf(key: string, occurrence: Occurrence, firstMillis: number): FormMatch {
    return {
      key,
      occurrences: [occurrence],
      firstMillis,
      lastMillis: occurrence.millis,
      count: this.minimum,
    };
  }
}

const SMALL = 16;

/** The times of a key's latest events, at most one for each distinct value, and at most one less than the minimum. */
class Tally extends PartialMatch {
  declare readonly form: Repetition;
  declare times: number[];
  /** The value of each event; `undefined` if values do not matter. */
  declare values: string[] | undefined;

  constructor(key: string, form: Repetition, times: number[], values: string[] | undefined) {
    super(key);
    this.form = form;
    this.times = times;
    this.values = values;
  }

  get lastMillis(): number {
    return this.times.at(-1) ?? -Infinity;
  }

  override get weight(): number {
    return this.times.length;
  }

  take({ key, value }: KeyedEvent, occurrence: Occurrence): FormMatch | boolean {
    const { millis } = occurrence;
    const { form, times, values } = this;
    while (times[0] !== undefined && millis - times[0] > form.withinMillis) {
      times.shift();
      values?.shift();
    }
    const known = values?.indexOf(value) ?? -1;
    if (known !== -1) {
      const last = times.length - 1;
      times.copyWithin(known, known + 1)[last] = millis;
      values?.copyWithin(known, known + 1).fill(value, last);
    } else if (times.length + 1 >= form.minimum) {
      return form.matchOf(key, occurrence, times[0] ?? millis);
    } else if (times.length < SMALL) {
      // `push` adds 16 unused places to a small array, `toSpliced` adds none.
      this.times = times.toSpliced(times.length, 0, millis);
      this.values = values?.toSpliced(times.length, 0, value);
    } else {
      times.push(millis);
      values?.push(value);
    }
    return true;
  }

  state(): readonly unknown[] {
    const { times, values } = this;
    return [values === undefined ? times.slice() : times.map((time, i) => [values[i], time])];
  }
}

const MISSING = 1;
const AFTER = 2;

/**
 * An absence. A key begins with the event before it, or with the missing event itself, and is forgotten once its absence
 * is reported.
 */
function absenceForm(sequence: Absence): Form {
  const start = sequence.after === undefined ? MISSING : AFTER;
  return {
    withinMillis: durationMillis(sequence.within) ?? 0,
    missing: MISSING,
    begin: ({ key, patterns }, occurrence) =>
      (patterns & start) === 0 ? undefined : new Waiting(key, start, occurrence, 1),
    restored(key, [state, count = 1]) {
      if (isMillis(state)) return waitingSince(key, state);
      const occurrence = occurrenceFrom(state);
      if (occurrence === undefined || typeof count !== "number" || !(count >= 1)) return undefined;
      return new Waiting(key, start, occurrence, count);
    },
  };
}

/** The event from which the time of an absence counts. */
class Waiting extends PartialMatch {
  /** Bit of the event with which the time begins. */
  declare readonly start: number;
  declare occurrence: Occurrence;
  /** Number of events since the time began, the first one included; 0 for the start of the process. */
  declare count: number;

  constructor(key: string, start: number, occurrence: Occurrence, count: number) {
    super(key);
    this.start = start;
    this.occurrence = occurrence;
    this.count = count;
  }

  get lastMillis(): number {
    return this.occurrence.millis;
  }

  override get isStart(): boolean {
    return this.count === 0;
  }

  take({ patterns }: KeyedEvent, occurrence: Occurrence): boolean {
    const isOver = (patterns & MISSING) !== 0;
    if ((patterns & this.start) === 0) return !isOver;
    if (isOver) this.occurrence = occurrence;
    this.count = isOver ? 1 : this.count + 1;
    return true;
  }

  override absence(lastMillis: number): FormMatch {
    const { key, occurrence, count } = this;
    const occurrences = count === 0 ? [] : [occurrence];
    return { key, occurrences, firstMillis: occurrence.millis, lastMillis, count };
  }

  state(): readonly unknown[] {
    const { occurrence, count } = this;
    return count === 0 ? [occurrence.millis] : [occurrence, count];
  }
}

/** The start of the process, from which the time of a rule without a key counts. */
export function waitingSince(key: string, millis: number): PartialMatch {
  return new Waiting(key, MISSING, new Occurrence("", "", "", millis), 0);
}
