// Rules over the events of a running process.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import { type Check, isObject } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import { inSlices } from "../../io/yield.ts";
import type { Alert } from "../alert.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";
import {
  CompiledRule,
  type Hit,
  type SequenceRuleState,
  type SequencesState,
  type WaitingHits,
} from "./compiled-rule.ts";
import { EventClock } from "./event-clock.ts";
import { matchFrom, SEQUENCES_SOURCE, type SequenceMatch } from "./match.ts";
import { isMillis, Occurrence } from "./keyed-window.ts";
import type { SequenceRule } from "./rule.ts";
import { type LabelsOf, RuleAlerts } from "./rule-alerts.ts";

/** Options of `Sequences`. */
export interface SequencesOptions {
  /** Called with each match. */
  readonly onMatch?: ((match: SequenceMatch, rule: CheckedSequenceRule) => void) | undefined;
  /** Called with alerts that were raised, prolonged or resolved. Annotations still have their templates. */
  readonly onAlerts?: ((alerts: readonly Alert[]) => void) | undefined;
  /** Fills in the templates of an alert's labels when it begins. By default they stay. */
  readonly labelsOf?: LabelsOf | undefined;
  /**
   * Seconds for which events wait, so that late ones are put in order. Matches and absences are reported this much later.
   * Only events of other processes, and those with a time of their own, are late. From 0 to 3600.
   *
   * @defaultValue 0
   */
  readonly lateness?: number | undefined;
  /** Clock in milliseconds since the epoch. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
  /** @internal Maximum number of partial matches of a rule, for tests. */
  readonly maxKeys?: number | undefined;
}

/** Events and partial matches that were dropped, since the start. */
interface SequenceCounts {
  /** Events that were older than a previous one of the same rule, for each such rule. */
  late: number;
  /** Events with an invalid time, or with data that cannot be read. */
  unreadable: number;
  /** Partial matches that newer ones replaced. */
  evicted: number;
}

/** Maximum number of partial matches of a rule. */
const MAX_KEYS = 10_000;
// Maximum number of partial matches in a state, shared evenly by the rules. The newest are kept.
const MAX_PARTIALS = 100_000;
// Read as milliseconds.
const LATENESS: Check<number> = {
  must: "be a number of seconds from 0 to 3600",
  read: (value) => (typeof value === "number" && value >= 0 && value <= 3_600 ? value * 1_000 : undefined),
};
// Maximum number of waiting events. Beyond it, the oldest one is taken before its time.
const MAX_WAITING = 10_000;
const SLICE_MILLIS = 1;

/**
 * Finds sequences of events. Partial matches of each rule are bounded: 10,000 keys.
 *
 * @example
 * const sequences = new Sequences(
 *   [{ alert: "Stuck", when: "order.created not followed by order.shipped within 1h by data.order" }],
 *   { onMatch: ({ rule, key }) => console.log(rule, key) },
 * );
 * events.on("*", (event) => sequences.offer(event));
 */
export class Sequences {
  readonly #rules: readonly CompiledRule[];
  /** Alerts of the rules that raise any. */
  readonly #alerts: readonly RuleAlerts[];
  /** Rules whose absences have deadlines. */
  readonly #absences: readonly CompiledRule[];
  /** The rules by the types of their events, so that an event that concerns none costs one look. */
  readonly #byType: ReadonlyMap<string, readonly CompiledRule[]>;
  /** Rules that any type can concern. */
  readonly #general: readonly CompiledRule[];
  readonly #options: SequencesOptions;
  #latenessMillis: number;
  /** Events that wait until earlier ones can no longer arrive, in the order of their times, then of their arrival. */
  readonly #waiting: WaitingHits[] = [];
  readonly #counts: SequenceCounts = { late: 0, unreadable: 0, evicted: 0 };
  /** Calls of callbacks that wait until the partial matches are consistent. */
  readonly #outcomes: (() => void)[] = [];
  #isDelivering = false;
  #revision = 0;
  readonly #clock: EventClock;
  #isClosed = false;

  /** @throws OptionsError with all problems of the rules, or if `lateness` is invalid. */
  constructor(
    rules: readonly SequenceRule[] | readonly CheckedSequenceRule[],
    options: SequencesOptions = {},
  ) {
    this.#options = options;
    const { lateness = 0, now = Date.now } = options;
    const read = parsed("sequences", (parser) => parser.checked("lateness", lateness, LATENESS));
    this.#latenessMillis = read ?? 0;
    this.#clock = new EventClock(now, () => this.#process(SLICE_MILLIS));
    this.#rules = SEQUENCES.settings(rules).map((rule) => this.#compiled(rule));
    this.#alerts = this.#rules.flatMap(({ alerts }) => alerts ?? []);
    this.#absences = this.#rules.filter(({ rule }) => rule.sequence.kind === "absence");
    this.#general = this.#rules.filter(({ types }) => types === undefined);
    const types = new Set(this.#rules.flatMap((rule) => [...(rule.types ?? [])]));
    this.#byType = new Map(
      Array.from(types, (type) => [type, this.#rules.filter((rule) => rule.types?.has(type) ?? true)]),
    );
    this.#schedule();
  }

  /** Takes an event. Events of rules are ignored. Never throws. */
  offer(event: TelemetryEvent): void {
    try {
      const rules = this.#byType.get(event.event_type) ?? this.#general;
      if (rules.length === 0 || this.#isClosed || event.source === SEQUENCES_SOURCE) return;
      const hits = this.#hitsOf(event, rules);
      if (hits.length > 0) this.#take(event, hits);
    } catch (error) {
      this.#unreadable(error);
    }
  }

  /** Reports what is due now. A timer does this, too, so that only tests with a clock of their own need it. */
  advance(): void {
    this.#process(Infinity);
  }

  /** Changes the seconds for which events wait. */
  set lateness(seconds: number) {
    this.#latenessMillis = seconds * 1_000;
    this.#schedule();
  }

  /** Number of partial matches of all rules. */
  get partialMatches(): number {
    return this.#rules.reduce((sum, { window }) => sum + window.size, 0);
  }

  /** Events and partial matches that were dropped. */
  get dropped(): Readonly<SequenceCounts> {
    return this.#counts;
  }

  /** Firing alerts, and those resolved within the last 15 minutes. */
  alerts(): readonly Alert[] {
    return [...this.alertsByRule().values()].flat();
  }

  /** As `alerts`, by the id of the rule. */
  alertsByRule(): ReadonlyMap<string, readonly Alert[]> {
    return new Map(this.#rules.map(({ rule, alerts }) => [rule.id, alerts?.list() ?? []]));
  }

  /** Partial matches, at most 100,000, and alerts, as values for `JSON.stringify`. */
  state(): SequencesState {
    return { ...this.#stateHead(), rules: this.#rules.map((rule) => this.#stateOf(rule)) };
  }

  /** As `state`, as text. The work is done in slices, so that it does not hold the event loop. */
  stateText(): Promise<string> {
    return inSlices(this.#stateText());
  }

  // A step for each rule, since rules are independent of one another.
  *#stateText(): Generator<void, string> {
    const head = JSON.stringify(this.#stateHead());
    const texts: string[] = [];
    for (const rule of this.#rules) {
      yield;
      texts.push(JSON.stringify(this.#stateOf(rule)));
    }
    return `${head.slice(0, -1)},"rules":[${texts.join(",")}]}`;
  }

  #stateHead(): Omit<SequencesState, "rules"> {
    return { version: 1, time: this.#clock.millis(), skew: this.#clock.skewMillis };
  }

  #stateOf(rule: CompiledRule): SequenceRuleState {
    return rule.state(this.#waiting, Math.floor(MAX_PARTIALS / this.#rules.length));
  }

  /** Number that grows with each change of the state. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Continues with the partial matches and alerts of another process, as `state` returned them. After the first event or
   * another state, they are added to those of this process. Those of rules that have changed are dropped. Absences whose
   * time passed meanwhile are reported soon.
   */
  restore(state: unknown): void {
    const { version, time, skew, rules }: Readonly<Record<string, unknown>> = isObject(state) ? state : {};
    if (version !== 1 || !isMillis(time) || !isMillis(skew) || !Array.isArray(rules)) {
      warnOnceAMinute("sequences: ignored the state of a previous process, since it is damaged");
      return;
    }
    const keepsOwn = this.#revision++ > 0;
    const skewMillis = keepsOwn ? this.#clock.skewMillis : skew;
    for (const each of rules.filter(isObject)) {
      const rule = this.#rules.find((known) => known.rule.id === each["id"]);
      for (const waiting of rule?.restore(each, keepsOwn, skewMillis) ?? []) this.#wait(waiting);
    }
    if (!keepsOwn) this.#clock.continueFrom(time, skew);
    this.#schedule();
  }

  /** Ends the timer. Further events are ignored. */
  close(): void {
    this.#isClosed = true;
    this.#clock.close();
  }

  #compiled(rule: CheckedSequenceRule): CompiledRule {
    const { maxKeys = MAX_KEYS, labelsOf = ({ labels }) => labels } = this.#options;
    const evictedKey = `evicted ${rule.id}`;
    const tooManyKeys = `sequences: dropped partial matches of "${rule.name}", since it has more than ${maxKeys} keys; use fields with fewer values`;
    const alerts = rule.effect === "alert" ? new RuleAlerts(rule, this.#clock, labelsOf) : undefined;
    const compiled: CompiledRule = new CompiledRule(
      rule,
      this.#clock.millis(),
      {
        maxKeys,
        matched: (match) =>
          this.#matched(compiled, matchFrom(compiled, match, this.#clock.skewMillis), match.key),
        recovered: (key) => {
          const resolved = alerts?.recover(key);
          if (resolved !== undefined) this.#changed([resolved]);
        },
        evicted: () => {
          this.#counts.evicted++;
          warnOnceAMinute(tooManyKeys, evictedKey);
        },
      },
      alerts,
    );
    return compiled;
  }

  /** The parts of an event that the rules need. */
  #hitsOf(event: TelemetryEvent, rules: readonly CompiledRule[]): readonly Hit[] {
    const hits: Hit[] = [];
    let failure: { readonly error: unknown } | undefined;
    for (const rule of rules) {
      try {
        const hit = rule.hitOf(event);
        if (hit !== undefined) hits.push(hit);
      } catch (error) {
        failure = { error };
      }
    }
    if (failure !== undefined) this.#unreadable(failure.error);
    return hits;
  }

  #take(event: TelemetryEvent, hits: readonly Hit[]): void {
    this.#revision++;
    const millis = millisOf(event.timestamp);
    if (Number.isNaN(millis)) throw new Error("its timestamp must be in ISO 8601");
    const { event_id: id, event_type: type, source } = event;
    const occurrence = new Occurrence(id, type, source, millis + this.#clock.skewMillis);
    const readyMillis = this.#clock.millis() - this.#latenessMillis;
    if (this.#waiting.length === 0 && occurrence.millis <= readyMillis) this.#pass({ occurrence, hits });
    else {
      this.#wait({ occurrence, hits });
      if (this.#nextMillis <= readyMillis) this.#process(SLICE_MILLIS);
      else if (this.#waiting.length > MAX_WAITING) this.#passNext();
    }
    this.#deliver();
    this.#clock.wakeAt(this.#nextMillis + this.#latenessMillis);
  }

  #wait(waiting: WaitingHits): void {
    const { millis } = waiting.occurrence;
    // Most events arrive in order.
    const before = this.#waiting.findLastIndex(({ occurrence }) => occurrence.millis <= millis);
    this.#waiting.splice(before + 1, 0, waiting);
  }

  /** Time of the oldest waiting event; `Infinity` without one. */
  get #nextMillis(): number {
    return this.#waiting[0]?.occurrence.millis ?? Infinity;
  }

  #pass({ occurrence, hits }: WaitingHits): void {
    for (const hit of hits) {
      if (!hit.rule.take(hit, occurrence)) {
        this.#counts.late++;
        warnOnceAMinute(
          `sequences: ignored events that came later than newer ones of rule "${hit.rule.rule.name}"; raise the lateness`,
        );
      }
      this.#clock.wakeAt(this.#reportMillis(hit.rule));
    }
  }

  #passNext(): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) this.#pass(waiting);
  }

  // Events and absences in the order of their times. An event at the deadline is in time.
  #process(budgetMillis: number): void {
    const start = performance.now();
    const readyMillis = this.#clock.millis() - this.#latenessMillis;
    do {
      const due = this.#nextAbsence();
      const nextMillis = this.#nextMillis;
      if (nextMillis <= readyMillis && nextMillis <= (due?.window.nextDeadlineMillis ?? Infinity))
        this.#passNext();
      else if (due?.window.reportBefore(readyMillis) !== true) {
        this.#endAlerts();
        break;
      }
      this.#deliver();
    } while (performance.now() - start < budgetMillis);
    this.#deliver();
    this.#schedule();
  }

  /** The rule with the earliest deadline. */
  #nextAbsence(): CompiledRule | undefined {
    let next: CompiledRule | undefined;
    for (const rule of this.#absences)
      if (rule.window.nextDeadlineMillis < (next?.window.nextDeadlineMillis ?? Infinity)) next = rule;
    return next;
  }

  // An event at the deadline itself is in time.
  #reportMillis(rule: CompiledRule | undefined): number {
    return (rule?.window.nextDeadlineMillis ?? Infinity) + this.#latenessMillis + 1;
  }

  #matched({ rule, alerts }: CompiledRule, match: SequenceMatch, key: string): void {
    this.#revision++;
    const changed = alerts?.fire(key, match);
    this.#outcomes.push(() => {
      this.#options.onMatch?.(match, rule);
      if (changed !== undefined) this.#options.onAlerts?.(changed);
    });
    if (alerts !== undefined) this.#clock.wakeAt(alerts.nextEndMillis);
  }

  #changed(alerts: readonly Alert[]): void {
    this.#revision++;
    this.#outcomes.push(() => this.#options.onAlerts?.(alerts));
  }

  #endAlerts(): void {
    for (const alerts of this.#alerts)
      for (let ended = alerts.endNext(); ended !== undefined; ended = alerts.endNext())
        this.#changed([ended]);
  }

  // A callback may record events: the results of these come after those before.
  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    for (let outcome = this.#outcomes.shift(); outcome !== undefined; outcome = this.#outcomes.shift()) {
      try {
        outcome();
      } catch (error) {
        warnOnceAMinute(`sequences: a callback failed: ${errorMessage(error)}`);
      }
    }
    this.#isDelivering = false;
  }

  #unreadable(error: unknown): void {
    this.#counts.unreadable++;
    warnOnceAMinute(`sequences: ignored an event that cannot be read: ${errorMessage(error)}`);
  }

  #schedule(): void {
    this.#clock.wakeAt(this.#nextMillis + this.#latenessMillis);
    this.#clock.wakeAt(this.#reportMillis(this.#nextAbsence()));
    for (const { nextEndMillis } of this.#alerts) this.#clock.wakeAt(nextEndMillis);
  }
}

let lastText = "";
let lastMillis = Number.NaN;

/** Time of an event in milliseconds since the epoch. Caches the last one, since events come in bursts. */
function millisOf(timestamp: string): number {
  if (timestamp === lastText) return lastMillis;
  lastMillis = Date.parse(timestamp);
  lastText = timestamp;
  return lastMillis;
}
