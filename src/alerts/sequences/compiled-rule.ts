// A rule with its partial matches and alerts.
import type { TelemetryEvent } from "../../events/event.ts";
import { AbsenceForm, started } from "./absence.ts";
import { patternsOf } from "./check-sequence.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import { type CompiledPattern, compiledPattern } from "./condition.ts";
import { type FieldReader, fieldReader } from "./field.ts";
import { FollowForm } from "./follow.ts";
import { type KeyOf, keyOf, shortText } from "./key.ts";
import { type KeyedEvent, KeyedWindow, type PartialMatch, type WindowResults } from "./keyed-window.ts";
import type { Occurrence } from "./occurrence.ts";
import type { RuleAlerts } from "./rule-alerts.ts";
import { TallyForm } from "./tally.ts";

/** An event that concerns a rule. */
export interface Hit extends KeyedEvent {
  readonly rule: CompiledRule;
}

/** A rule with its partial matches and alerts. */
export class CompiledRule {
  readonly rule: CheckedSequenceRule;
  /** Types of the events that can concern the rule; `undefined` for all types. */
  readonly types: ReadonlySet<string> | undefined;
  readonly keys: KeyOf;
  /** `undefined` for a rule that records events. */
  readonly alerts: RuleAlerts | undefined;
  #window: KeyedWindow<PartialMatch>;
  /** Time of the latest event. Earlier ones are too late. */
  #lastMillis = -Infinity;
  readonly #results: WindowResults;
  readonly #patterns: readonly CompiledPattern[];
  readonly #value: FieldReader | undefined;

  /** @param startMillis start of the time of an absence without a key. */
  constructor(rule: CheckedSequenceRule, startMillis: number, results: WindowResults, alerts?: RuleAlerts) {
    const { sequence } = rule;
    this.rule = rule;
    this.alerts = alerts;
    this.#results = results;
    this.#patterns = patternsOf(sequence).map(compiledPattern);
    const types = this.#patterns.map((pattern) => pattern.types);
    this.types = types.every((each) => each !== undefined) ? new Set(types.flat()) : undefined;
    this.keys = keyOf(sequence.by ?? []);
    this.#value = sequence.kind === "distinct" ? fieldReader(sequence.field) : undefined;
    this.#window = windowOf(rule, results, startMillis);
  }

  get window(): KeyedWindow<PartialMatch> {
    return this.#window;
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
    this.#window.take(hit, occurrence);
    return true;
  }

  /** The partial matches as JSON. */
  state(): RuleState {
    const last = this.#lastMillis === -Infinity ? null : this.#lastMillis;
    return { id: this.rule.id, last, partials: this.#window.state() };
  }

  /** Replaces the partial matches by those of a state. Damaged ones are left out. */
  restore({ last, partials }: RuleState): void {
    this.#lastMillis = last ?? -Infinity;
    this.#window = windowOf(this.rule, this.#results);
    for (const partial of partials) this.#window.restore(partial);
  }
}

/** State of a rule in JSON. */
export interface RuleState {
  readonly id: string;
  /** Time of the latest event in milliseconds since the epoch; `null` before the first one. */
  readonly last: number | null;
  readonly partials: readonly unknown[];
}

function windowOf(
  { sequence }: CheckedSequenceRule,
  results: WindowResults,
  startMillis?: number,
): KeyedWindow<PartialMatch> {
  switch (sequence.kind) {
    case "sequence":
      return new KeyedWindow(new FollowForm(sequence), results);
    case "absence": {
      const window = new KeyedWindow(new AbsenceForm(sequence), results);
      const hasStart = sequence.after === undefined && sequence.by === undefined;
      if (hasStart && startMillis !== undefined) window.add(started("", startMillis));
      return window;
    }
    case "count":
    case "distinct":
      return new KeyedWindow(new TallyForm(sequence), results);
    default:
      return sequence satisfies never;
  }
}
