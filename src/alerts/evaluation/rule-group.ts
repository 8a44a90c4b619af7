// A group of rules: evaluated in their order, at one time.
import { createHash } from "node:crypto";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { nextTurn, Slices } from "../../io/yield.ts";
import { untilAborted } from "../../query/evaluation/until-aborted.ts";
import type { Selection } from "../../query/source.ts";
import { type SavedParts, savedParts, Shortcuts } from "../../query/evaluation/shortcuts.ts";
import { type CheckedGroup, stateKey, writtenNames } from "../rules/checked-group.ts";
import { type ActiveAlert, alertFrom } from "./active-alert.ts";
import { AlertingRuleRun, largest, type StateChange } from "./alerting-rule.ts";
import { RecordingRuleRun } from "./evaluated-rule.ts";
import type { GroupState, RuleState } from "./rule-state.ts";
import type { Evaluation, EvaluationContext } from "./evaluation.ts";
import type { SavedGroup } from "./saved-groups.ts";

/** Outcome of an evaluation of a group. */
export interface GroupOutcome {
  readonly failures: number;
  /** Largest change of a rule's state. */
  readonly change: StateChange;
  readonly durationSeconds: number;
}

/** A gap of the evaluations that is longer starts pending alerts anew. */
const MAX_GAP_MILLIS = 3_600_000;

/** The rules of a group, and their state. */
export class RuleGroupRun {
  readonly checked: CheckedGroup;
  readonly intervalMillis: number;
  /** Delay of the evaluations within the interval, the same at every start: groups do not run all at once. */
  readonly #phaseMillis: number;
  readonly rules: readonly (AlertingRuleRun | RecordingRuleRun)[];
  #sharedParts: SavedParts | undefined;
  /** Time of the last evaluation in Unix milliseconds, before a restart too. */
  lastMillis: number | undefined;
  /** Time from when the last evaluation was due to its end. */
  busyMillis = 0;
  missedEvaluations = 0;
  #lastEvaluation: number | undefined;
  #durationSeconds = 0;

  /** @param isExact whether the source knows the starts of series. */
  constructor(checked: CheckedGroup, intervalMillis: number, isExact: boolean) {
    this.checked = checked;
    this.intervalMillis = intervalMillis;
    const hash = createHash("sha256")
      .update(JSON.stringify([checked.file, checked.name]))
      .digest();
    this.#phaseMillis = hash.readUIntBE(0, 6) % intervalMillis;
    // Rules may be there several times.
    const counts = new Map<string, number>();
    this.rules = checked.rules.map((rule) => {
      const key = stateKey(rule);
      const count = counts.get(key) ?? 0;
      counts.set(key, count + 1);
      const writerKey = JSON.stringify([checked.file, checked.name, key, count]);
      return rule.kind === "recording"
        ? new RecordingRuleRun(rule, isExact, writerKey)
        : new AlertingRuleRun(rule, isExact, writerKey);
    });
  }

  /** The state of the group and of its rules. */
  get saved(): SavedGroup {
    const { file, name } = this.checked;
    return { file, name, lastMillis: this.lastMillis, rules: this.rules.map(({ state }) => state) };
  }

  /** Evaluates all rules. Never rejects: a rule that fails is logged, and the next one follows. */
  async evaluate(
    context: EvaluationContext,
    timeMillis: number,
    signal: AbortSignal,
    isEnded: () => boolean,
  ): Promise<GroupOutcome> {
    const started = performance.now();
    const sinceLastMillis = this.#skipGap(timeMillis);
    const { limit, queryOffsetMillis, name, experimental = false } = this.checked;
    const evaluation: Evaluation = {
      ...context,
      timeMillis,
      sinceLastMillis,
      queryMillis: timeMillis - queryOffsetMillis,
      limit,
      experimental,
      signal,
    };
    const parts = (this.#sharedParts ??= await this.#preparedParts());
    await this.#load(evaluation);
    const shortcuts = new Shortcuts(parts);
    context.recorded.prune(timeMillis, Math.max(timeMillis, Date.now()));
    const slices = new Slices();
    const changes = new Set<StateChange>();
    let failures = 0;
    for (const rule of this.rules) {
      await slices.next();
      if (isEnded()) break;
      const ruleStarted = performance.now();
      try {
        changes.add(await rule.evaluate(evaluation, shortcuts));
        rule.hasResult = true;
        rule.lastError = rule.refusal;
      } catch (error) {
        // Its metrics are gone.
        if (isEnded()) break;
        // A rule beyond the limit has resolved its alerts.
        if (limit > 0) changes.add("announced");
        rule.hasResult = false;
        rule.lastError = errorMessage(error);
      }
      if (rule.lastError !== undefined) {
        failures++;
        warnOnceAMinute(
          `rules: group "${name}", rule "${rule.checked.name}" failed: ${rule.lastError}`,
          `rules\u0000${name}\u0000${rule.checked.name}`,
        );
      }
      rule.durationSeconds = (performance.now() - ruleStarted) / 1_000;
    }
    context.recorded.store(evaluation.queryMillis);
    this.lastMillis = timeMillis;
    this.#lastEvaluation = timeMillis / 1_000;
    this.#durationSeconds = (performance.now() - started) / 1_000;
    return { failures, change: largest(changes), durationSeconds: this.#durationSeconds };
  }

  /** Firing alerts of rules whose last evaluation had a result, and all alerts resolved a short time ago. */
  *sentAlerts(): Generator<{ readonly name: string; readonly key: string; readonly alert: ActiveAlert }> {
    for (const rule of this.rules)
      if (rule instanceof AlertingRuleRun)
        for (const [key, alert] of rule.alerts)
          if (alert.state === "inactive" || (alert.state === "firing" && rule.hasResult !== false))
            yield { name: rule.checked.name, key, alert };
  }

  /** The next time that is due: a multiple of the interval plus the phase. */
  dueAfter(timeMillis: number): number {
    const { intervalMillis } = this;
    const phase = this.#phaseMillis;
    return (Math.floor((timeMillis - phase) / intervalMillis) + 1) * intervalMillis + phase;
  }

  /**
   * Number of evaluations that were due between the last one and one at a time, while the last one was not over. Others could
   * not take place: the process stood still, or its clock was set.
   */
  missedBefore(timeMillis: number): number {
    if (this.lastMillis === undefined) return 0;
    const due = Math.round((timeMillis - this.lastMillis) / this.intervalMillis) - 1;
    return Math.max(0, Math.min(due, Math.floor(this.busyMillis / this.intervalMillis)));
  }

  /** Time of the last evaluation since the start, in seconds since the epoch. */
  get lastEvaluation(): number | undefined {
    return this.#lastEvaluation;
  }

  get state(): GroupState {
    const { name, file, limit } = this.checked;
    return {
      name,
      file,
      limit,
      interval: this.intervalMillis / 1_000,
      lastEvaluation: this.#lastEvaluation,
      evaluationSeconds: this.#durationSeconds,
      missedEvaluations: this.missedEvaluations,
      rules: this.rules.map((rule) => this.#stateOf(rule)),
    };
  }

  // At the first evaluation. Rules are parsed at the first access: all of a group at once would hold the event loop.
  async #preparedParts(): Promise<SavedParts> {
    const slices = new Slices();
    for (const rule of this.rules) {
      await slices.next();
      void rule.prepared;
    }
    await nextTurn();
    const expressions = this.rules.map(({ prepared }) => prepared.expression);
    const parts = savedParts(expressions, new Set(this.checked.rules.flatMap(writtenNames)));
    await nextTurn();
    return parts;
  }

  // All selections that are not in memory at once: each request of its own would take time of the event loop.
  async #load({ source, queryMillis, signal }: Evaluation): Promise<void> {
    // After the time-out, each rule fails by itself.
    await untilAborted(source.catalogue().ready(this.#selections(queryMillis)), signal).catch(() => {});
  }

  *#selections(timeMillis: number): Generator<Selection> {
    for (const { prepared } of this.rules)
      try {
        yield* prepared.selectionsAt(timeMillis);
      } catch {
        // Its evaluation fails in the same way: it has a range that is 0 at one time.
      }
  }

  // Evaluations are missing after a restart, if the clock jumps, or if the process sleeps. They are not if the last one was
  // slow: the process ran. Returns the time since the last.
  #skipGap(timeMillis: number): number {
    if (this.lastMillis === undefined) return 0;
    const elapsed = timeMillis - this.lastMillis;
    const { busyMillis, intervalMillis } = this;
    if (elapsed > 0 && elapsed - busyMillis <= 2 * intervalMillis) return elapsed;
    const counted = busyMillis + intervalMillis;
    const gap = elapsed - counted;
    for (const rule of this.rules) {
      if (!(rule instanceof AlertingRuleRun)) continue;
      rule.skipGap(gap);
      if (gap > MAX_GAP_MILLIS) rule.startAnew(timeMillis);
    }
    return counted;
  }

  #stateOf(rule: AlertingRuleRun | RecordingRuleRun): RuleState {
    const { checked, hasResult, lastError, durationSeconds } = rule;
    const isAlerting = checked.kind === "alerting";
    const active =
      rule instanceof AlertingRuleRun
        ? [...rule.alerts.values()].filter(({ state }) => state !== "inactive")
        : [];
    const state = active.some((alert) => alert.state === "firing") ? "firing" : "pending";
    return {
      kind: checked.kind,
      name: checked.name,
      group: this.checked.name,
      file: this.checked.file,
      query: checked.text,
      labels: checked.labels,
      annotations: isAlerting ? checked.annotations : {},
      forSeconds: isAlerting ? checked.forMillis / 1_000 : 0,
      keepFiringForSeconds: isAlerting ? checked.keepFiringForMillis / 1_000 : 0,
      state: active.length === 0 ? "inactive" : state,
      alerts: active.map((alert) => alertFrom(checked.name, alert)),
      health: hasResult === undefined ? "unknown" : lastError === undefined ? "ok" : "err",
      lastError,
      lastEvaluation: this.#lastEvaluation,
      evaluationSeconds: durationSeconds,
    };
  }
}
