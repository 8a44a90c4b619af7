// Sequences with a clock that the test turns.
import type { SequenceMatch } from "../../../../src/alerts/sequences/match.ts";
import type { SequenceRule } from "../../../../src/alerts/sequences/rule.ts";
import { Sequences } from "../../../../src/alerts/sequences/sequences.ts";
import type { SequencesOptions } from "../../../../src/alerts/sequences/sequences.ts";
import type { Alert } from "../../../../src/alerts/alert.ts";
import { type EventFields, eventOf, START } from "./events.ts";

/** Sequences with a clock. Times are in seconds after {@link START}. */
export class TurnedSequences {
  readonly matches: SequenceMatch[] = [];
  readonly alerts: Alert[] = [];
  readonly #rules: readonly SequenceRule[];
  readonly #options: SequencesOptions;
  #sequences: Sequences;
  #nowMillis = START;

  constructor(rules: readonly SequenceRule[], options: SequencesOptions = {}) {
    this.#rules = rules;
    this.#options = options;
    this.#sequences = this.#created();
  }

  get sequences(): Sequences {
    return this.#sequences;
  }

  /** Sets the clock, and offers an event of this time. */
  record(fields: EventFields): void {
    this.turn(fields.at);
    this.offer(fields);
  }

  /** Offers an event without a change of the clock. */
  offer(fields: EventFields): void {
    this.#sequences.offer(eventOf(fields));
  }

  /** Sets the clock, also backwards, and reports what is due. */
  turn(seconds: number): void {
    this.#nowMillis = START + seconds * 1_000;
    this.#sequences.advance();
  }

  /** Sets the clock only, as on a machine whose timers are late. */
  set(seconds: number): void {
    this.#nowMillis = START + seconds * 1_000;
  }

  /** Ends the process, and starts another one at `seconds` with its state as JSON. */
  restart(seconds: number, change: (state: string) => string = (state) => state): void {
    const state: unknown = JSON.parse(change(JSON.stringify(this.#sequences.state())));
    this.#sequences.close();
    this.#nowMillis = START + seconds * 1_000;
    this.#sequences = this.#created();
    this.#sequences.restore(state);
  }

  #created(): Sequences {
    return new Sequences(this.#rules, {
      now: () => this.#nowMillis,
      onMatch: (match) => void this.matches.push(match),
      onAlerts: (alerts) => void this.alerts.push(...alerts),
      ...this.#options,
    });
  }
}

/** A match on one line: rule, key, times in seconds after {@link START}, count and ids of its events. */
export function matchLine({ rule, key, firstTime, lastTime, count, events }: SequenceMatch): string {
  const times = `${firstTime - START / 1_000}..${lastTime - START / 1_000}`;
  const ids = events.map(({ event_id: id }) => id).join(" ");
  return `${rule} ${Object.values(key).join(",")} ${times} ×${count} ${ids}`.replaceAll(/ +/g, " ").trim();
}
