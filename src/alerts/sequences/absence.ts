// The absence of an event: after another one, or since its last occurrence.
import { durationMillis } from "./duration.ts";
import { type Form, type FormMatch, type KeyedEvent, MISSING, PartialMatch } from "./keyed-window.ts";
import { isMillis, Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import type { Absence } from "./rule.ts";

const AFTER = 2;

/** The event from which the time counts. */
class Waiting extends PartialMatch {
  occurrence: Occurrence;
  /** Number of events since the time began, the first one included; 0 for the start of the process. */
  count: number;

  constructor(key: string, occurrence: Occurrence, count: number) {
    super(key);
    this.occurrence = occurrence;
    this.count = count;
  }

  get lastMillis(): number {
    return this.occurrence.millis;
  }
}

/**
 * An absence. A key begins with the event before it, or with the missing event itself, and is forgotten once its absence
 * is reported.
 */
export class AbsenceForm implements Form<Waiting> {
  readonly withinMillis: number;
  readonly #start: number;

  constructor(sequence: Absence) {
    this.withinMillis = durationMillis(sequence.within) ?? 0;
    this.#start = sequence.after === undefined ? MISSING : AFTER;
  }

  take(
    partial: Waiting | undefined,
    { key, patterns }: KeyedEvent,
    occurrence: Occurrence,
  ): Waiting | undefined {
    const isOver = (patterns & MISSING) !== 0;
    if ((patterns & this.#start) === 0) return isOver ? undefined : partial;
    if (partial === undefined) return new Waiting(key, occurrence, 1);
    if (isOver) partial.occurrence = occurrence;
    partial.count = isOver ? 1 : partial.count + 1;
    return partial;
  }

  absence({ key, occurrence, count }: Waiting, lastMillis: number): FormMatch {
    const occurrences = count === 0 ? [] : [occurrence];
    return { key, occurrences, firstMillis: occurrence.millis, lastMillis, count };
  }

  state({ occurrence, count }: Waiting): readonly unknown[] {
    return count === 0 ? [occurrence.millis] : [occurrenceState(occurrence), count];
  }

  restored(key: string, [state, count = 1]: readonly unknown[]): Waiting | undefined {
    if (isMillis(state)) return started(key, state);
    const occurrence = occurrenceFrom(state);
    if (occurrence === undefined || typeof count !== "number" || !(count >= 1)) return undefined;
    return new Waiting(key, occurrence, count);
  }
}

/** The start of the process, from which the time of a rule without a key counts. */
export function started(key: string, millis: number): Waiting {
  return new Waiting(key, new Occurrence("", "", "", millis), 0);
}
