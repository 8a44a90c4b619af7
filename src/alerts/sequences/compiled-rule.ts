// A rule with its partial matches and alerts.
import type { TelemetryEvent } from "../../events/event.ts";
import { patternsOf } from "./check-sequence.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import { type CompiledPattern, compiledPattern } from "./condition.ts";
import { type FieldReader, fieldReader, type KeyOf, keyOf, shortText } from "./field.ts";
import { formOf, waitingSince } from "./forms.ts";
import {
  isMillis,
  type KeyedEvent,
  KeyedWindow,
  type Occurrence,
  occurrenceFrom,
  type WindowResults,
} from "./keyed-window.ts";
import type { SavedSequenceAlert, RuleAlerts } from "./rule-alerts.ts";

/** An event that concerns a rule. */
export interface Hit extends KeyedEvent {
  readonly rule: CompiledRule;
}

/** An event that waits for late ones, with the rules that it concerns. */
export interface WaitingHits {
  readonly occurrence: Occurrence;
  readonly hits: readonly Hit[];
}

/** State of all rules: plain JSON. */
export interface SequencesState {
  readonly version: 1;
  /** Time of the state, in milliseconds since the epoch, plus `skew`. */
  readonly time: number;
  /** Milliseconds by which the clock was set back since the start. */
  readonly skew: number;
  readonly rules: readonly SequenceRuleState[];
}

/** State of a rule in JSON. */
export interface SequenceRuleState {
  readonly id: string;
  /** Time of the latest event in milliseconds since the epoch; `null` before the first one. */
  readonly last: number | null;
  readonly partials: readonly unknown[];
  readonly alerts: readonly SavedSequenceAlert[];
  /** Events that wait for late ones: occurrence, key, patterns and value. */
  readonly waiting: readonly unknown[];
}

/** A rule with its partial matches and alerts. */
export class CompiledRule {
  readonly rule: CheckedSequenceRule;
  /** Types of the events that can concern the rule; `undefined` for all types. */
  readonly types: ReadonlySet<string> | undefined;
  readonly keys: KeyOf;
  /** `undefined` for a rule that records events. */
  readonly alerts: RuleAlerts | undefined;
  readonly window: KeyedWindow;
  /** Time of the latest event. Earlier ones are too late. */
  #lastMillis = -Infinity;
  readonly #patterns: readonly CompiledPattern[];
  readonly #value: FieldReader | undefined;

  /** @param startMillis start of the time of an absence without a key. */
  constructor(rule: CheckedSequenceRule, startMillis: number, results: WindowResults, alerts?: RuleAlerts) {
    const { sequence } = rule;
    this.rule = rule;
    this.alerts = alerts;
    this.#patterns = patternsOf(sequence).map(compiledPattern);
    const types = this.#patterns.map((pattern) => pattern.types);
    this.types = types.every((each) => each !== undefined) ? new Set(types.flat()) : undefined;
    this.keys = keyOf(sequence.by ?? []);
    this.#value = sequence.kind === "distinct" ? fieldReader(sequence.field) : undefined;
    this.window = new KeyedWindow(formOf(sequence), results);
    if (sequence.kind === "absence" && sequence.after === undefined && sequence.by === undefined)
      this.window.add(waitingSince("", startMillis));
  }

  /** Key, patterns and value of an event; `undefined` if the event does not concern the rule. A getter may throw. */
  hitOf(event: TelemetryEvent): Hit | undefined {
    let patterns = 0;
    for (const [i, pattern] of this.#patterns.entries()) if (pattern.matches(event)) patterns |= 1 << i;
    if (patterns === 0) return undefined;
    const key = this.keys.of(event);
    const value = this.#value === undefined ? "" : shortText(this.#value, event);
    return key === undefined || value === undefined ? undefined : { rule: this, key, patterns, value };
  }

  /** Takes an event; returns `false` if it is older than a previous one. */
  take(hit: Hit, occurrence: Occurrence): boolean {
    if (occurrence.millis < this.#lastMillis) return false;
    this.#lastMillis = occurrence.millis;
    this.window.take(hit, occurrence);
    return true;
  }

  /** The state as JSON, with the newest partial matches. */
  state(waiting: readonly WaitingHits[], maxPartials: number): SequenceRuleState {
    return {
      id: this.rule.id,
      last: this.#lastMillis === -Infinity ? null : this.#lastMillis,
      partials: this.window.state(maxPartials),
      alerts: this.alerts?.state() ?? [],
      waiting: waiting.flatMap(({ occurrence, hits }) =>
        hits
          .filter(({ rule }) => rule === this)
          .map(({ key, patterns, value }) => [occurrence, key, patterns, value]),
      ),
    };
  }

  /**
   * Continues with a state. Damaged parts are left out. With `keepsOwn`, the state is added to the present one, whose
   * entries count if both have a key. Returns the events that wait.
   */
  restore(
    { last, partials, alerts, waiting }: Readonly<Record<string, unknown>>,
    keepsOwn: boolean,
    skewMillis: number,
  ): readonly WaitingHits[] {
    if (!Array.isArray(partials) || !(last === null || isMillis(last))) return [];
    this.#lastMillis = Math.max(last ?? -Infinity, keepsOwn ? this.#lastMillis : -Infinity);
    this.window.restore(partials, keepsOwn);
    this.alerts?.restore(listOf(alerts), this.keys, skewMillis);
    return listOf(waiting).flatMap((given) => {
      const [state, key, patterns, value] = listOf(given);
      const occurrence = occurrenceFrom(state);
      if (occurrence === undefined || typeof key !== "string") return [];
      if (typeof patterns !== "number" || typeof value !== "string") return [];
      return [{ occurrence, hits: [{ rule: this, key, patterns, value }] }];
    });
  }
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}
