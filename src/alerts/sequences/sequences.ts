// Rules over the events of a running process.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { TelemetryEvent } from "../../events/event.ts";
import { parsed } from "../../options/parser.ts";
import { inSlices } from "../../io/yield.ts";
import type { Alert } from "../alert.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";
import { CompiledRule, type Hit } from "./compiled-rule.ts";
import { EventClock } from "./event-clock.ts";
import { matchFrom, SEQUENCES_SOURCE, type SequenceMatch } from "./match.ts";
import { Occurrence } from "./occurrence.ts";
import { Outcomes } from "./outcomes.ts";
import { MAX_KEYS } from "./recent-keys.ts";
import type { SequenceRule } from "./rule.ts";
import { RuleAlerts } from "./rule-alerts.ts";
import { hitsOf, millisOf, nextAbsence, RuleIndex } from "./rule-index.ts";
import { LATENESS, type SequenceCounts, type SequencesOptions } from "./sequences-options.ts";
import { readState, type SequencesState, stateOf, stateTextOf, type StatefulParts } from "./state.ts";
import { MAX_WAITING, Waiting } from "./waiting-hits.ts";

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
  readonly #index: RuleIndex;
  readonly #alerts = new Map<CompiledRule, RuleAlerts>();
  readonly #onMatch: (match: SequenceMatch, rule: CheckedSequenceRule) => void;
  readonly #onAlerts: (alerts: readonly Alert[]) => void;
  #latenessMillis: number;
  readonly #waiting = new Waiting();
  readonly #counts: SequenceCounts = { late: 0, unreadable: 0, evicted: 0 };
  readonly #outcomes = new Outcomes();
  #revision = 0;
  readonly #clock: EventClock;
  #isClosed = false;

  /** @throws OptionsError with all problems of the rules, or if `lateness` is invalid. */
  constructor(
    rules: readonly SequenceRule[] | readonly CheckedSequenceRule[],
    options: SequencesOptions = {},
  ) {
    const {
      onMatch = () => {},
      onAlerts = () => {},
      labelsOf = ({ labels }) => labels,
      lateness = 0,
      now = Date.now,
      maxKeys = MAX_KEYS,
    } = options;
    this.#onMatch = onMatch;
    this.#onAlerts = onAlerts;
    this.#latenessMillis = parsed(
      "sequences",
      (parser) => parser.checked("lateness", lateness, LATENESS) ?? 0,
    );
    this.#clock = new EventClock(now, () => this.#process(SLICE_MILLIS));
    this.#rules = SEQUENCES.settings(rules).map((rule) => {
      const compiled = this.#compiled(rule, maxKeys);
      if (rule.effect === "alert") this.#alerts.set(compiled, new RuleAlerts(rule, this.#clock, labelsOf));
      return compiled;
    });
    this.#index = new RuleIndex(this.#rules);
    this.#schedule();
  }

  /** Takes an event. Events of rules are ignored. Never throws. */
  offer(event: TelemetryEvent): void {
    try {
      const rules = this.#index.rulesOf(event.event_type);
      if (rules.length === 0 || this.#isClosed || event.source === SEQUENCES_SOURCE) return;
      const hits = hitsOf(event, rules, this.#onUnreadable);
      if (hits.length > 0) this.#take(event, hits);
    } catch (error) {
      this.#onUnreadable(error);
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
    return this.#rules.reduce((sum, { size }) => sum + size, 0);
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
    return new Map([...this.#alerts].map(([{ rule }, alerts]) => [rule.id, alerts.list()]));
  }

  /** Partial matches and alerts as plain JSON, at most 100,000 partial matches. */
  state(): SequencesState {
    const timeMillis = this.#clock.millis();
    return stateOf(this.#parts(), timeMillis, this.#clock.skewMillis);
  }

  /** As `state`, as text. The work is done in slices, so that it does not hold the event loop. */
  stateText(): Promise<string> {
    const timeMillis = this.#clock.millis();
    return inSlices(stateTextOf(this.#parts(), timeMillis, this.#clock.skewMillis));
  }

  /** Number that grows with each change of the state. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Continues with the partial matches and alerts of a previous process, as `state` returned them. Those of rules that
   * have changed are dropped. Absences whose time passed meanwhile are reported soon. Call it before the first event.
   */
  restore(state: unknown): void {
    const restored = readState(state, this.#parts());
    if (restored === undefined) {
      warnOnceAMinute("sequences: ignored the state of a previous process, since it is damaged");
      return;
    }
    this.#clock.continueFrom(restored.timeMillis, restored.skewMillis);
    this.#schedule();
  }

  /** Ends the timer. Further events are ignored. */
  close(): void {
    this.#isClosed = true;
    this.#clock.close();
  }

  #parts(): StatefulParts {
    return { rules: this.#rules, alerts: this.#alerts, waiting: this.#waiting };
  }

  #compiled(rule: CheckedSequenceRule, maxKeys: number): CompiledRule {
    const evictedKey = `evicted ${rule.id}`;
    const tooManyKeys = `sequences: dropped partial matches of "${rule.name}", since it has more than ${maxKeys} keys; use fields with fewer values`;
    const compiled: CompiledRule = new CompiledRule(rule, this.#clock.millis(), {
      maxKeys,
      matched: (match) =>
        this.#matched(compiled, matchFrom(compiled, match, this.#clock.skewMillis), match.key),
      recovered: (key) => this.#recovered(compiled, key),
      evicted: () => {
        this.#counts.evicted++;
        warnOnceAMinute(tooManyKeys, evictedKey);
      },
    });
    return compiled;
  }

  #take(event: TelemetryEvent, hits: readonly Hit[]): void {
    this.#revision++;
    const millis = millisOf(event.timestamp);
    if (Number.isNaN(millis)) throw new Error("its timestamp must be in ISO 8601");
    const occurrence = Occurrence.of(event, millis + this.#clock.skewMillis);
    const readyMillis = this.#clock.millis() - this.#latenessMillis;
    if (this.#waiting.size === 0 && occurrence.millis <= readyMillis) this.#pass(occurrence, hits);
    else {
      this.#waiting.add({ occurrence, hits });
      if (this.#waiting.nextMillis <= readyMillis) this.#process(SLICE_MILLIS);
      else if (this.#waiting.size > MAX_WAITING) this.#passNext();
    }
    this.#outcomes.deliver();
    this.#clock.wakeAt(this.#waiting.nextMillis + this.#latenessMillis);
  }

  #pass(occurrence: Occurrence, hits: readonly Hit[]): void {
    for (const hit of hits) {
      if (!hit.rule.take(hit, occurrence)) this.#late(hit.rule.rule);
      this.#clock.wakeAt(this.#reportMillis(hit.rule));
    }
  }

  #passNext(): void {
    const waiting = this.#waiting.take();
    if (waiting !== undefined) this.#pass(waiting.occurrence, waiting.hits);
  }

  #late({ name }: CheckedSequenceRule): void {
    this.#counts.late++;
    warnOnceAMinute(
      `sequences: ignored events that came later than newer ones of rule "${name}"; raise the lateness`,
    );
  }

  // Events and absences in the order of their times. An event at the deadline is in time.
  #process(budgetMillis: number): void {
    const start = performance.now();
    const readyMillis = this.#clock.millis() - this.#latenessMillis;
    do {
      const due = nextAbsence(this.#index.absences);
      const { nextMillis } = this.#waiting;
      if (nextMillis <= readyMillis && nextMillis <= (due?.nextDeadlineMillis ?? Infinity)) this.#passNext();
      else if (due?.reportBefore(readyMillis) !== true) {
        this.#endAlerts();
        break;
      }
      this.#outcomes.deliver();
    } while (performance.now() - start < budgetMillis);
    this.#outcomes.deliver();
    this.#schedule();
  }

  // An event at the deadline itself is in time.
  #reportMillis(rule: CompiledRule | undefined): number {
    return (rule?.nextDeadlineMillis ?? Infinity) + this.#latenessMillis + 1;
  }

  #matched(compiled: CompiledRule, match: SequenceMatch, key: string): void {
    this.#revision++;
    const alerts = this.#alerts.get(compiled);
    const changed = alerts?.fire(key, match);
    this.#outcomes.add(() => {
      this.#onMatch(match, compiled.rule);
      if (changed !== undefined) this.#onAlerts(changed);
    });
    if (alerts !== undefined) this.#clock.wakeAt(alerts.nextEndMillis);
  }

  #recovered(compiled: CompiledRule, key: string): void {
    const resolved = this.#alerts.get(compiled)?.recover(key);
    if (resolved !== undefined) this.#outcomes.add(() => this.#onAlerts([resolved]));
  }

  #endAlerts(): void {
    for (const alerts of this.#alerts.values()) {
      for (let ended = alerts.endNext(); ended !== undefined; ended = alerts.endNext()) {
        const resolved = ended;
        this.#revision++;
        this.#outcomes.add(() => this.#onAlerts([resolved]));
      }
    }
  }

  readonly #onUnreadable = (error: unknown): void => {
    this.#counts.unreadable++;
    warnOnceAMinute(`sequences: ignored an event that cannot be read: ${errorMessage(error)}`);
  };

  #schedule(): void {
    this.#clock.wakeAt(this.#waiting.nextMillis + this.#latenessMillis);
    this.#clock.wakeAt(this.#reportMillis(nextAbsence(this.#index.absences)));
    for (const alerts of this.#alerts.values()) this.#clock.wakeAt(alerts.nextEndMillis);
  }
}
