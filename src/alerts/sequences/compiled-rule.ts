// A rule with its partial matches.
import type { TelemetryEvent } from "../../events/event.ts";
import { patternsOf } from "./check-sequence.ts";
import type { CheckedSequenceRule } from "./check-rules.ts";
import { type CompiledPattern, compiledPattern } from "./condition.ts";
import { Counts } from "./count.ts";
import { DistinctValues } from "./distinct.ts";
import { type FieldReader, fieldReader } from "./field.ts";
import { Follow } from "./follow.ts";
import type { Form, FormResults } from "./form.ts";
import { type KeyOf, keyOf, shortText } from "./key.ts";
import { NotFollowed } from "./not-followed.ts";
import type { Occurrence } from "./occurrence.ts";
import { Silence } from "./silence.ts";

/** An event that concerns a rule: what its form needs. */
export interface Hit {
  readonly rule: CompiledRule;
  readonly key: string;
  readonly patterns: number;
  readonly value: string;
}

/** A rule with its partial matches. */
export class CompiledRule {
  readonly rule: CheckedSequenceRule;
  /** Types of the events that can concern the rule; `undefined` for all types. */
  readonly types: ReadonlySet<string> | undefined;
  readonly keys: KeyOf;
  #form: Form;
  /** Time of the latest event. Earlier ones are too late. */
  #lastMillis = -Infinity;
  readonly #results: FormResults;
  readonly #patterns: readonly CompiledPattern[];
  readonly #value: FieldReader | undefined;

  /** @param startMillis start of the time of an absence without a key. */
  constructor(rule: CheckedSequenceRule, startMillis: number, results: FormResults) {
    const { sequence } = rule;
    this.rule = rule;
    this.#results = results;
    this.#patterns = patternsOf(sequence).map(compiledPattern);
    this.types = typesOf(this.#patterns);
    this.keys = keyOf(sequence.by ?? []);
    this.#value = sequence.kind === "distinct" ? fieldReader(sequence.field) : undefined;
    this.#form = formOf(rule, results, sequence.by === undefined ? startMillis : undefined);
  }

  /** Number of partial matches. */
  get size(): number {
    return this.#form.size;
  }

  get nextDeadlineMillis(): number {
    return this.#form.nextDeadlineMillis;
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
  take({ key, patterns, value }: Hit, occurrence: Occurrence): boolean {
    if (occurrence.millis < this.#lastMillis) return false;
    this.#lastMillis = occurrence.millis;
    this.#form.take(key, patterns, value, occurrence);
    return true;
  }

  /** Reports the oldest absence if its deadline is before `millis`; returns whether it was. */
  reportBefore(millis: number): boolean {
    return this.#form.reportBefore(millis);
  }

  /** The partial matches as JSON. */
  state(): RuleState {
    const partials = this.#form.state();
    return { id: this.rule.id, last: this.#lastMillis === -Infinity ? null : this.#lastMillis, partials };
  }

  /** Replaces the partial matches by those of a state; returns the number of damaged ones. */
  restore({ last, partials }: RuleState): number {
    this.#lastMillis = last ?? -Infinity;
    this.#form = formOf(this.rule, this.#results, undefined);
    return partials.filter((partial) => !this.#form.restore(partial)).length;
  }
}

/** State of a rule in JSON. */
export interface RuleState {
  readonly id: string;
  /** Time of the latest event in milliseconds since the epoch; `null` before the first one. */
  readonly last: number | null;
  readonly partials: readonly unknown[];
}

function formOf(
  { sequence }: CheckedSequenceRule,
  results: FormResults,
  startMillis: number | undefined,
): Form {
  switch (sequence.kind) {
    case "sequence":
      return new Follow(sequence, results);
    case "absence":
      return sequence.after === undefined
        ? new Silence(sequence, results, startMillis)
        : new NotFollowed(sequence, results);
    case "count":
      return new Counts(sequence, results);
    case "distinct":
      return new DistinctValues(sequence, results);
    default:
      return sequence satisfies never;
  }
}

function typesOf(patterns: readonly CompiledPattern[]): ReadonlySet<string> | undefined {
  const types = new Set<string>();
  for (const pattern of patterns) {
    if (pattern.types === undefined) return undefined;
    for (const type of pattern.types) types.add(type);
  }
  return types;
}
