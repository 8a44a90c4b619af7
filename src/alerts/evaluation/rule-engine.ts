// Evaluation of groups of rules, each at its interval.
import { join } from "node:path";
import { diag, type Meter } from "@opentelemetry/api";
import { StateFile } from "../../io/files/state-file.ts";
import { Mutex } from "../../io/mutex.ts";
import { realClearTimeout, realSetTimeout } from "../../io/timeout.ts";
import { allSteps, inSlices, nextTurn, nowOrInSlices } from "../../io/yield.ts";
import { grouped } from "../../query/grouped.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Alert } from "../alert.ts";
import { type CheckedAlertingRule, type CheckedGroup, keySteps } from "../rules/checked-group.ts";
import { type ActiveAlert, alertFrom, RESOLVED_RETENTION_MILLIS } from "./active-alert.ts";
import { AlertingRuleRun } from "./alerting-rule.ts";
import type { DataSearch } from "./missing-data.ts";
import { RecordedSeries, type RecordedSeriesOptions, RulesSource } from "./recorded-series.ts";
import { RuleGroupRun } from "./rule-group.ts";
import { metricsOfAlert } from "./metrics-of-alert.ts";
import { RuleMetrics } from "./rule-metrics.ts";
import type { GroupState } from "./rule-state.ts";
import { RuleTimers } from "./rule-timers.ts";
import { restoredGroups } from "./restored-groups.ts";
import { type SavedGroup, savedGroupsFrom, savedText } from "./saved-groups.ts";
import type { EvaluationContext, MissingData } from "./evaluation.ts";

/** State of a {@link RuleEngine}. */
export interface EngineState {
  readonly groups: readonly SavedGroup[];
  /** Alerts of removed rules, which are resolved. */
  readonly removed: readonly ActiveAlert[];
}

/** Time for which restored alerts are held while no data fit them. */
const AWAITED_MILLIS = 3_600_000;
const SAVE_PAUSE_MILLIS = 1_000;
const MIN_TIMEOUT_MILLIS = 10_000;
// Prometheus' limit of a query. Other groups wait for the end of an evaluation.
const MAX_TIMEOUT_MILLIS = 120_000;
// Groups with a longer interval are not waited for.
const MAX_AWAITED_INTERVAL_MILLIS = 3_600_000;

/**
 * Evaluates rules, and keeps their alerts and the series that they write. It evaluates by itself from `start()` to `end()`.
 */
export class RuleEngine {
  /** The given source with the series that the rules write, `ALERTS` and `ALERTS_FOR_STATE` included. */
  readonly source: SampleSource;
  readonly #options: RuleEngineOptions;
  readonly #recorded: RecordedSeries;
  readonly #knowsStarts: boolean;
  #recordings: ReadonlyMap<string, readonly DataSearch[]> = new Map();
  #rulesByName: ReadonlyMap<string, readonly AlertingRuleRun[]> = new Map();
  readonly #context: Omit<EvaluationContext, "recordings">;
  readonly #metrics: RuleMetrics;
  #file: StateFile | undefined;
  readonly #mutex = new Mutex();
  readonly #reports = new Mutex();
  // Groups that were evaluated since the adoption; `undefined` during it. Times would depend on the system's clock.
  #evaluated: WeakSet<RuleGroupRun> | undefined = new WeakSet();
  #groups: readonly RuleGroupRun[] = [];
  readonly #timers = new RuleTimers((group, timeMillis) => void this.#evaluateInTurn(group, timeMillis));
  // Alerts of removed rules, which are resolved.
  #removed: readonly ActiveAlert[] = [];
  #isRunning = false;
  #isEnded = false;

  constructor(options: RuleEngineOptions) {
    const { recorded } = options;
    this.#options = options;
    this.#recorded = recorded instanceof RecordedSeries ? recorded : new RecordedSeries(recorded);
    this.source = this.withWritten(options.source);
    this.#knowsStarts = this.source.knowsStarts;
    this.#context = {
      source: this.source,
      recorded: this.#recorded,
      missingData: options.missingData ?? "hold",
      externalLabels: options.externalLabels ?? {},
      get externalUrl(): string {
        return options.externalUrl?.() ?? "";
      },
    };
    this.#metrics = new RuleMetrics(options.meter, () => this.#counts());
    allSteps(this.#exchange(options.groups));
    if (options.directory !== undefined) this.#adopt(options.directory);
  }

  /** The state of all rules, for another engine in this process. */
  get state(): EngineState {
    return { groups: this.#groups.map(({ saved }) => saved), removed: this.#removed };
  }

  /** The series that the rules write. */
  get recorded(): RecordedSeries {
    return this.#recorded;
  }

  /**
   * Continues the alerts of another engine, or of a previous process. Alerts that are here already stay, unless they are
   * pending.
   *
   * @param awaitedUntil time until which the alerts are held while data are missing.
   */
  restore({ groups, removed }: EngineState, awaitedUntil?: number): void {
    const resolved = allSteps(restoredGroups(this.#groups, groups, Date.now(), awaitedUntil));
    this.#removed = [...this.#removed, ...removed, ...resolved];
  }

  /** Continues the alerts of a folder that had another owner, and keeps all alerts there from now on. */
  adopt(directory: string): Promise<void> {
    this.#evaluated = undefined;
    return this.#mutex.run(async () => {
      this.#adopt(directory).changedSlightly();
      this.#evaluated = new WeakSet();
    });
  }

  /** States of all groups and their rules. */
  groups(): readonly GroupState[] {
    return this.#groups.map(({ state }) => state);
  }

  /** All pending and firing alerts. */
  active(): readonly Alert[] {
    return this.groups().flatMap(({ rules }) => rules.flatMap(({ alerts }) => alerts));
  }

  /** Metrics of the expressions of an alert's rules, those of its recorded metrics included. */
  metricsOf(alertName: string): readonly string[] {
    return metricsOfAlert(
      this.#groups.flatMap(({ checked }) => checked.rules),
      alertName,
    );
  }

  /** Whether each group with an interval of at most an hour was evaluated since the start, and since the adoption. */
  get isSettled(): boolean {
    const evaluated = this.#evaluated;
    const isSettled = (group: RuleGroupRun): boolean =>
      evaluated?.has(group) === true || group.intervalMillis > MAX_AWAITED_INTERVAL_MILLIS;
    return evaluated !== undefined && this.#groups.every(isSettled);
  }

  /** The alerting rules of a group, with all their alerts. @internal */
  alertingRules(
    group: CheckedGroup,
  ): readonly { checked: CheckedAlertingRule; alerts: Iterable<ActiveAlert> }[] {
    return this.#groups
      .filter(({ checked }) => checked === group)
      .flatMap(({ rules }) => rules.filter((rule) => rule instanceof AlertingRuleRun))
      .map(({ checked, alerts }) => ({ checked, alerts: alerts.values() }));
  }

  /** Begins to evaluate each group at its interval. The timers do not keep the process alive. */
  start(): void {
    this.#isRunning = true;
    for (const group of this.#groups) this.#timers.wait(group);
  }

  /** Ends the timers. Resolves once the evaluation under way has ended and `alerts.json` is written. */
  async end(): Promise<void> {
    this.#isRunning = false;
    this.#isEnded = true;
    this.#timers.clear();
    this.#metrics.end();
    await this.#mutex.run(async () => this.#file?.close());
    await this.#reports.run(async () => {});
  }

  /** Evaluates a group, or all groups in their order, at a time. Never rejects. */
  async evaluate(checked: CheckedGroup | undefined, timeMillis: number): Promise<void> {
    for (const group of this.#groups)
      if (checked === undefined || group.checked === checked) await this.#evaluate(group, timeMillis);
  }

  /** Metrics of `source` together with the series that the rules write. */
  withWritten(source: SampleSource): RulesSource {
    return new RulesSource(source, this.#recorded);
  }

  /**
   * Replaces all rules after the evaluation under way. Rules with the same file, group, name and labels keep their alerts,
   * also if the expression has changed. Firing alerts of a removed rule pass to a new one with the same name and labels, or are
   * resolved. Pending ones pass to a new rule if the expression is the same, too.
   */
  async replace(groups: readonly CheckedGroup[]): Promise<void> {
    let reported: Promise<void> | undefined;
    await this.#mutex.run(async () => {
      const count = await nowOrInSlices(this.#exchange(groups), inSlices);
      this.#timers.clear();
      this.#file?.changedSlightly();
      if (count > 0) reported = this.#reportSaved([], Date.now(), this.#options.intervalMillis, true);
      if (this.#isRunning) this.start();
    });
    await reported;
  }

  // Returns the number of alerts that are resolved. No group is evaluated between the steps.
  *#exchange(groups: readonly CheckedGroup[]): Generator<void, number> {
    yield* keySteps([...this.#groups.map(({ checked }) => checked), ...groups]);
    const next: RuleGroupRun[] = [];
    for (const group of groups) {
      const intervalMillis = group.intervalMillis ?? this.#options.intervalMillis;
      next.push(new RuleGroupRun(group, intervalMillis, this.#knowsStarts));
      yield;
    }
    const now = Date.now();
    const resolved = yield* restoredGroups(next, this.state.groups, now);
    this.#removed = [...this.#removed, ...resolved];
    this.#groups = next;
    this.#listRules();
    const writers = next.flatMap(({ rules }) => rules.map(({ writerKey }) => writerKey));
    this.#recorded.retainWriters(new Set(writers), now);
    return resolved.length;
  }

  #listRules(): void {
    const rules = this.#groups.flatMap((group) => group.rules);
    const alerting = rules.filter((rule) => rule instanceof AlertingRuleRun);
    const recording = rules.filter((rule) => !(rule instanceof AlertingRuleRun));
    this.#rulesByName = grouped(alerting, ({ checked }) => checked.name);
    const byName = grouped(recording, ({ checked }) => checked.name);
    this.#recordings = new Map(Array.from(byName, ([name, each]) => [name, each.map(({ data }) => data)]));
  }

  #adopt(directory: string): StateFile {
    const file = new StateFile({
      file: join(directory, "alerts.json"),
      area: "alerts",
      consequence: "no alert is restored",
      content: () => savedText(this.state.groups),
      pauseMillis: SAVE_PAUSE_MILLIS,
    });
    this.#file = file;
    const groups = file.read((text) => savedGroupsFrom(text)) ?? [];
    this.restore({ groups, removed: [] }, Date.now() + AWAITED_MILLIS);
    return file;
  }

  async #evaluateInTurn(group: RuleGroupRun, timeMillis: number): Promise<void> {
    const started = performance.now();
    const missed = group.missedBefore(timeMillis);
    try {
      if (missed > 0 && group.state.lastEvaluation !== undefined) {
        group.missedEvaluations += missed;
        this.#metrics.failed(group.checked.name, missed);
      }
      // The clock may have been set back by a little.
      if (timeMillis !== group.lastMillis) await this.#evaluate(group, timeMillis);
    } catch (error) {
      diag.error(`rules: group "${group.checked.name}" was not evaluated`, error);
    }
    group.busyMillis = performance.now() - started;
    if (this.#isRunning && this.#groups.includes(group)) this.#timers.wait(group);
  }

  // One group at a time, so that a group sees all series of another one, or none.
  async #evaluate(group: RuleGroupRun, timeMillis: number): Promise<void> {
    let reported: Promise<void> | undefined;
    await this.#mutex.run(async () => {
      // The group before may have used this turn.
      await nextTurn();
      if (!this.#groups.includes(group)) return;
      const evaluated = this.#evaluated;
      const controller = new AbortController();
      const limit = Math.min(Math.max(MIN_TIMEOUT_MILLIS, 2 * group.intervalMillis), MAX_TIMEOUT_MILLIS);
      const timer = realSetTimeout(
        () => controller.abort(new DOMException("the evaluation took too long", "TimeoutError")),
        limit,
      ).unref();
      const { name } = group.checked;
      const outcome = await group.evaluate(
        { ...this.#context, recordings: this.#recordings },
        timeMillis,
        controller.signal,
        () => this.#isEnded,
      );
      realClearTimeout(timer);
      this.#metrics.failed(name, outcome.failures);
      this.#metrics.evaluated(name, outcome.durationSeconds);
      if (outcome.change !== "none") this.#file?.changedSlightly();
      evaluated?.add(group);
      const own = [...group.sentAlerts()]
        .filter(({ name: ofRule, key, alert }) => this.#reported(ofRule, key) === alert)
        .map((sent) => alertFrom(sent.name, sent.alert));
      reported = this.#reportSaved(own, timeMillis, group.intervalMillis, outcome.change === "announced");
    });
    await reported;
  }

  // Reports in the order of the calls. A change is saved before: otherwise a killed process could restart with an older state
  // than the one that a receiver has.
  #reportSaved(
    own: readonly Alert[],
    timeMillis: number,
    intervalMillis: number,
    isAnnounced: boolean,
  ): Promise<void> {
    const saved = isAnnounced ? this.#file?.savedSoon() : undefined;
    return this.#reports.run(async () => {
      await saved;
      await this.#report(own, timeMillis, intervalMillis);
    });
  }

  async #report(own: readonly Alert[], timeMillis: number, intervalMillis: number): Promise<void> {
    const { onEvaluated } = this.#options;
    this.#removed = this.#removed.filter(
      ({ labels, resolvedAt = timeMillis }) =>
        timeMillis - resolvedAt <= RESOLVED_RETENTION_MILLIS &&
        this.#reported(labels["alertname"] ?? "", JSON.stringify(labels))?.state !== "firing",
    );
    if (onEvaluated === undefined) return;
    const alerts = [
      ...own,
      ...this.#removed.map((alert) => alertFrom(alert.labels["alertname"] ?? "", alert)),
    ];
    try {
      await onEvaluated(alerts, timeMillis / 1_000, intervalMillis / 1_000);
    } catch (error) {
      diag.error("rules: the listener of evaluations failed", error);
    }
  }

  // Several rules may have an alert with the same labels. For receivers it is one: the first that fires, at a rule whose
  // evaluation has not failed, otherwise the last that was resolved.
  #reported(name: string, key: string): ActiveAlert | undefined {
    const rules = this.#rulesByName.get(name) ?? [];
    if (rules.length === 1) return rules[0]?.alerts.get(key);
    const ranked = rules.flatMap(({ alerts, hasResult }) => {
      const alert = alerts.get(key);
      if (alert === undefined || alert.state === "pending") return [];
      if (alert.state === "inactive") return [{ alert, rank: 2, time: -(alert.resolvedAt ?? 0) }];
      return [{ alert, rank: Number(hasResult === false), time: alert.firedAt ?? 0 }];
    });
    return ranked.toSorted((a, b) => a.rank - b.rank || a.time - b.time)[0]?.alert;
  }

  #counts(): { readonly pending: number; readonly firing: number } {
    let [pending, firing] = [0, 0];
    for (const { state } of [...this.active(), ...(this.#options.otherAlerts?.() ?? [])]) {
      if (state === "pending") pending++;
      else if (state === "firing") firing++;
    }
    return { pending, firing };
  }
}

/** Options of the rule engine. */
export interface RuleEngineOptions {
  readonly groups: readonly CheckedGroup[];
  /** Samples that the rules are evaluated over. */
  readonly source: SampleSource;
  /** Interval of groups without one of their own. */
  readonly intervalMillis: number;
  /** Effect of missing data. Default: `hold`. */
  readonly missingData?: MissingData | undefined;
  /** Folder of `alerts.json`. Without one, a restart forgets all alerts. */
  readonly directory?: string | undefined;
  /** Which series that the rules write are kept; or those of an engine before, which the rules continue. */
  readonly recorded?: RecordedSeriesOptions | RecordedSeries | undefined;
  /** Labels that identify this program, for templates. */
  readonly externalLabels?: Readonly<Record<string, string>> | undefined;
  /** URL of this program, for templates. */
  readonly externalUrl?: (() => string | undefined) | undefined;
  /** Meter of the metrics `alerts.rule.failures`, `alerts.rule.duration` and `alerts.active`. */
  readonly meter?: Meter | undefined;
  /** Alerts of other rules, which `alerts.active` counts, too. */
  readonly otherAlerts?: (() => readonly Alert[]) | undefined;
  /**
   * Called after each evaluation of a group: with its alerts that fire, and those that were resolved within the last 15
   * minutes. Firing alerts of a rule whose evaluation failed are left out. Several rules may have an alert with the same
   * labels: one of these is passed. The next evaluation waits for a returned promise.
   */
  readonly onEvaluated?:
    | ((alerts: readonly Alert[], timeSeconds: number, intervalSeconds: number) => void | Promise<void>)
    | undefined;
}
