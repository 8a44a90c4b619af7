// Alerts of the running SDK: rules, sequences of events, and their delivery.
import { errorMessage } from "../diagnostics/error-message.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { RunningEnd } from "../io/running-end.ts";
import { query } from "../query/index.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { Alert } from "./alert.ts";
import { type AlertsParts, AlertsRun, type ExportingParts } from "./alerts-run.ts";
import {
  type AlertMatchers,
  type DeliveryReport,
  type Silence,
  type SilenceOptions,
  Silences,
} from "./delivery/index.ts";
import type { GroupState, RuleState } from "./evaluation/rule-state.ts";
import { exportRules, ruleGroupFrom } from "./export/export-rules.ts";
import { reachMessage } from "./rules/notes.ts";
import { type BudgetLeft, budgetsLeft } from "./slo/budgets-left.ts";

/**
 * The alerts of the running SDK. In a group, the process that exports evaluates the rules. In the others there are no
 * active alerts, and listeners and silences wait: they have an effect once the process exports.
 *
 * @example
 * const telemetry = start({ alerts: { rules: ["alerts.yml"] } });
 * telemetry.alerts?.on(({ name, state }) => console.log(name, state));
 */
export class Alerts {
  #parts: AlertsParts;
  #exporting: ExportingParts | undefined;
  readonly #silences: Silences;
  readonly #listeners = new Set<(alert: Alert) => unknown>();
  readonly #once = new LogOnce();
  #run: AlertsRun | undefined;

  private constructor(parts: AlertsParts) {
    this.#parts = parts;
    this.#silences = new Silences(() => Date.now(), parts.directory);
  }

  /** @internal */
  static of(parts: AlertsParts): Alerts {
    return new Alerts(parts);
  }

  /** Pending and firing alerts. Empty in a process that does not export. */
  active(): readonly Alert[] {
    return this.rules().flatMap(({ alerts }) => alerts);
  }

  /**
   * States of all rules: those of monitors and objectives, and those over sequences of events that raise alerts. Empty in
   * a process that does not export.
   */
  rules(): readonly RuleState[] {
    return this.groups().flatMap(({ rules }) => rules);
  }

  /**
   * Silences alerts: receivers other than Alertmanagers do not get them. Returns a function that ends the silence. With a
   * directory, the silence has an effect in all processes that use it, within 5 seconds.
   *
   * @param matchers in PromQL's notation: `alertname="DiskFull", severity!="critical"`.
   * @throws OptionsError if the matchers, the end or the comment are invalid.
   *
   * @example
   * const end = telemetry.alerts.silence('alertname="DiskFull"', { until: Date.now() / 1_000 + 3_600, comment: "known" });
   */
  silence(matchers: AlertMatchers, options: SilenceOptions): () => void {
    return this.#silences.add(matchers, options);
  }

  /** The silences that have begun and not ended. */
  silences(): readonly Silence[] {
    this.#silences.look();
    return this.#silences.active();
  }

  /**
   * Calls `listener` with each alert that begins to fire or is resolved, whether it is silenced or not. Returns a function
   * that removes the listener. If the listener throws or rejects, this is logged once.
   *
   * In a group it is called in the process that exports. A listener of another process is called after that process has
   * taken over.
   */
  on(listener: (alert: Alert) => unknown): () => void {
    // Each registration counts, also of the same function.
    const own = (alert: Alert): unknown => listener(alert);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /**
   * Sends a test alert to each receiver, once, and returns which of them accepted it. Never rejects. The list is empty in
   * a process that does not export.
   */
  async test(): Promise<DeliveryReport[]> {
    return this.#run?.delivery.test() ?? [];
  }

  /** Returns all rules as a rule file for Prometheus, vmalert or Mimir. Rules over sequences of events are left out. */
  exportRules(): string {
    const { files, groups } = this.#parts.settings;
    const all = this.#run?.ruleGroups() ?? [...files.flatMap((file) => file.groups), ...groups];
    return exportRules(all.map((group) => ruleGroupFrom(group)));
  }

  /** @internal The ids of the silences that apply, by an alert's labels. */
  silencesOf(): (labels: Alert["labels"]) => readonly string[] {
    this.#silences.look();
    return this.#silences.matching();
  }

  /** @internal Ends a silence; does nothing if the id is unknown. */
  endSilence(id: string): void {
    this.#silences.end(id);
  }

  /** @internal States of all groups. */
  groups(): readonly GroupState[] {
    return this.#run?.groups() ?? [];
  }

  /** @internal The rest of the budget of each objective, at a time in seconds. Empty in a process that does not export. */
  async budgets(time: number, signal: AbortSignal): Promise<readonly BudgetLeft[]> {
    const { source } = this;
    return source === undefined
      ? []
      : budgetsLeft(this.rules(), (used) => query(used, { source, time, signal }));
  }

  /** @internal The metrics together with the series that the rules write; `undefined` if this process does not export. */
  get source(): SampleSource | undefined {
    return this.#run?.source;
  }

  /** @internal Metrics of `source` together with the series that the rules write. */
  withWritten(source: SampleSource): SampleSource {
    return this.#run?.withWritten(source) ?? source;
  }

  /** @internal Begins to evaluate the rules. Returns the functions that end the evaluation in this turn, and then the rest. */
  begin(parts: ExportingParts): RunningEnd {
    this.#exporting = parts;
    this.#run = this.#runOf(parts);
    this.#warnOfReach(parts);
    let last: AlertsRun | undefined;
    const stop = (): void => {
      if (this.#exporting !== parts) return;
      last = this.#run;
      this.#run = undefined;
      this.#exporting = undefined;
      last?.stop();
    };
    const close = async (): Promise<void> => {
      stop();
      await last?.close();
    };
    return { stop, close };
  }

  /** @internal Replaces rules and delivery. Listeners and silences stay, and the state of rules that stay. */
  async reconfigure(settings: AlertsParts["settings"]): Promise<void> {
    this.#parts = { ...this.#parts, settings };
    const parts = this.#exporting;
    const before = this.#run;
    if (parts === undefined || before === undefined) return;
    before.stop();
    await before.close();
    if (this.#exporting !== parts) return;
    this.#run = this.#runOf(parts, before);
    this.#warnOfReach(parts);
  }

  // Monitors do with less.
  #warnOfReach({ hasHistory = true }: ExportingParts): void {
    const { files, groups } = this.#parts.settings;
    if (hasHistory) return;
    const own = groups.filter(({ file }) => /(?:rules|slo)$/.test(file));
    const message = reachMessage([...files.flatMap((file) => file.groups), ...own]);
    if (message !== undefined) this.#once.warn(message, () => message);
  }

  #runOf(parts: ExportingParts, before?: AlertsRun): AlertsRun {
    const own = {
      ...this.#parts,
      ...parts,
      silences: this.#silences,
      onAlert: (alert: Alert) => {
        for (const listener of this.#listeners) this.#call(listener, alert);
      },
    };
    const run = new AlertsRun(own, before?.recorded);
    const state = before?.state;
    if (state !== undefined) run.restore(state);
    run.start();
    return run;
  }

  /** @internal Sends what waits, and writes the state. Never rejects. */
  async flush(): Promise<void> {
    await this.#run?.delivery.flush();
  }

  #call(listener: (alert: Alert) => unknown, alert: Alert): void {
    const failed = (error: unknown): void =>
      this.#once.error("listener", () => `alerts: a listener failed: ${errorMessage(error)}`, error);
    try {
      Promise.resolve(listener(alert)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
