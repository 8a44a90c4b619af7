import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Slices } from "../../io/yield.ts";
import type { Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { VectorSeries } from "../../query/result.ts";
import type { Labels } from "../../query/source.ts";
import { type CheckedAlertingRule, type NamedTemplate, sortedEntries } from "../rules/checked-group.ts";
import type { TemplateData } from "../templates/template.ts";
import { type ActiveAlert, newAlert, resolve, RESOLVED_RETENTION_MILLIS } from "./active-alert.ts";
import { EvaluatedRule } from "./evaluated-rule.ts";
import type { RecordedColumn } from "./recorded-column.ts";
import { MAX_RECORDED_SERIES, type RecordedSeries } from "./recorded-series.ts";
import type { SavedRule } from "./saved-groups.ts";
import { type Evaluation, queryForTemplate, rowsOf } from "./evaluation.ts";

// Rows between two looks at the time.
const PIECE = 50;

/** Effect of an evaluation on what is saved: `announced` if an alert began to fire or was resolved. */
export type StateChange = "none" | "slight" | "announced";

/**
 * An alerting rule and its alerts.
 *
 * ```
 * inactive ─ result ─► pending ─ after `for` ─► firing ─ no result for `keep_firing_for` ─► inactive, kept 15 minutes
 *                         └─ no result ─► removed
 * ```
 */
export class AlertingRuleRun extends EvaluatedRule<CheckedAlertingRule> {
  /** By labels. */
  readonly alerts: Map<string, ActiveAlert> = new Map();
  readonly #ownLabels: ReadonlySet<string>;

  constructor(checked: CheckedAlertingRule, isExact: boolean, writerKey?: string) {
    super(checked, isExact, writerKey);
    this.#ownLabels = new Set(["alertname", ...Object.keys(checked.labels)]);
  }

  /**
   * Evaluates the rule. `shortcuts` save work that the rules of a group share. Rejects without changing a state if it
   * fails, except beyond the limit of the group: then all alerts are resolved.
   */
  async evaluate(evaluation: Evaluation, shortcuts: Shortcuts): Promise<StateChange> {
    const { source, queryMillis, signal } = evaluation;
    const result = this.prepared.at(source, queryMillis, { signal, shortcuts });
    return await this.apply(rowsOf(result instanceof Promise ? await result : result), evaluation);
  }

  /** Advances the states of the alerts by a result of the expression. Returns and rejects as {@link evaluate}. */
  async apply(result: readonly VectorSeries[], evaluation: Evaluation): Promise<StateChange> {
    const { queryMillis, timeMillis, limit, missingData } = evaluation;
    let rows = result;
    if (missingData === "alert") rows = await this.#withMissing(rows, evaluation);
    this.refusal = undefined;
    if (rows.length === 0 && this.alerts.size === 0) return "none";
    const found = await this.#foundAlerts(rows, evaluation);
    const held = missingData === "resolve" ? NOTHING : await this.#heldAlerts(found, evaluation);
    let count = found.size + held.size;
    for (const [key, alert] of this.alerts)
      if (!found.has(key) && !held.has(key) && this.#isKept(alert, timeMillis)) count++;
    if (limit > 0 && count > limit) {
      this.#resolveAll(timeMillis);
      throw new Error(`exceeded limit of ${limit} with ${count} alerts`);
    }
    const isNew = this.#add(found);
    if (isNew && missingData !== "resolve") await this.data.look(evaluation, queryMillis);
    const changes = new Set<StateChange>([isNew ? "slight" : "none"]);
    for (const [key, alert] of this.alerts) {
      if (!held.has(key)) changes.add(this.#advance(key, alert, found.has(key), timeMillis));
      else if (alert.state === "pending") {
        // The time of the hold does not count for `for`.
        alert.activeAt += evaluation.sinceLastMillis;
        changes.add("slight");
      }
    }
    this.#write(evaluation.recorded, queryMillis);
    return largest(changes);
  }

  /** Moves the times that `for` and `keep_firing_for` count from, since a gap in the evaluations does not count. */
  skipGap(gapMillis: number): void {
    for (const alert of this.alerts.values()) {
      if (alert.state === "pending") alert.activeAt += gapMillis;
      if (alert.keepFiringSince !== undefined) alert.keepFiringSince += gapMillis;
    }
  }

  /** Starts pending alerts anew, since it is not known whether their condition held. */
  startAnew(timeMillis: number): void {
    for (const alert of this.alerts.values()) if (alert.state === "pending") alert.activeAt = timeMillis;
  }

  override get state(): SavedRule {
    return { ...super.state, alerts: [...this.alerts.values()] };
  }

  /**
   * Continues the alerts of a rule. They are held until there are data that fit them. An alert that is here already stays,
   * unless it is pending.
   */
  override restore(saved: SavedRule, awaitedUntil?: number): void {
    super.restore(saved);
    for (const alert of saved.alerts) {
      const key = JSON.stringify(alert.labels);
      const own = this.alerts.get(key);
      const isActive = alert.state !== "inactive";
      if (own !== undefined && (own.state !== "pending" || !isActive)) continue;
      const until = isActive ? (alert.awaitedUntil ?? awaitedUntil) : undefined;
      this.alerts.set(key, { ...alert, columns: own?.columns ?? [], awaitedUntil: until });
    }
  }

  async #foundAlerts(
    rows: readonly VectorSeries[],
    evaluation: Evaluation,
  ): Promise<ReadonlyMap<string, ActiveAlert>> {
    const found = new Map<string, ActiveAlert>();
    const slices = new Slices();
    for (const [i, row] of rows.entries()) {
      if (i % PIECE === PIECE - 1) await slices.next();
      const value = typeof row.value === "number" ? row.value : Number.NaN;
      const data: TemplateData = {
        labels: row.labels,
        value,
        timeSeconds: evaluation.timeMillis / 1_000,
        externalLabels: evaluation.externalLabels,
        externalUrl: evaluation.externalUrl,
        query: (expression) => queryForTemplate(expression, evaluation),
      };
      const own = await this.#expanded(this.checked.labelTemplates, data);
      const { __name__: _, ...others } = row.labels;
      const all = { ...others, ...own, alertname: this.checked.name };
      const labels = Object.fromEntries(sortedEntries(all).filter(([, text]) => text !== ""));
      const key = JSON.stringify(labels);
      if (found.has(key))
        throw new Error("vector contains metrics with the same labelset after applying alert labels");
      const annotations = await this.#expanded(this.checked.annotationTemplates, data);
      found.set(key, newAlert(labels, annotations, value, evaluation.timeMillis));
    }
    return found;
  }

  async #expanded(templates: readonly NamedTemplate[], data: TemplateData): Promise<Record<string, string>> {
    const texts: [name: string, text: string][] = [];
    for (const { name, template } of templates) {
      const text = template.expand(data, (message) =>
        warnOnceAMinute(
          `rules: template of "${name}" failed: ${message}`,
          `${this.checked.name}\u0000${name}`,
        ),
      );
      texts.push([name, text instanceof Promise ? await text : text]);
    }
    return Object.fromEntries(texts);
  }

  // The alerts whose state is held, since the data of the expression are missing.
  async #heldAlerts(found: ReadonlyMap<string, ActiveAlert>, data: Evaluation): Promise<ReadonlySet<string>> {
    const { queryMillis, timeMillis } = data;
    const lost = [...this.alerts].filter(([key, { state }]) => state !== "inactive" && !found.has(key));
    if (lost.length === 0) return NOTHING;
    const held = new Set<string>();
    if (await this.data.isMissing(data, queryMillis)) {
      // A series of errors exists from the first error on: after a restart, it may never come back.
      for (const [key, { awaitedUntil = Infinity }] of lost) if (timeMillis <= awaitedUntil) held.add(key);
      return held;
    }
    const searched = { ...data, present: new Map() };
    for (const [key, alert] of lost) {
      if (alert.awaitedUntil === undefined || timeMillis > alert.awaitedUntil) continue;
      // A series fits if both agree in the labels that they have, apart from those of the rule.
      const fits = (label: string, value: string): boolean =>
        this.#ownLabels.has(label) || (alert.labels[label] ?? value) === value;
      if (await this.data.isMissing(searched, queryMillis, fits)) held.add(key);
    }
    return held;
  }

  async #withMissing(rows: readonly VectorSeries[], data: Evaluation): Promise<readonly VectorSeries[]> {
    const { queryMillis } = data;
    if (!this.data.hasSeenAll) await this.data.look(data, queryMillis);
    if (rows.length > 0 || !(await this.data.isMissing(data, queryMillis))) return rows;
    return [{ labels: {}, time: queryMillis / 1_000, value: Number.NaN }];
  }

  #add(found: ReadonlyMap<string, ActiveAlert>): boolean {
    let isNew = false;
    for (const [key, alert] of found) {
      const known = this.alerts.get(key);
      if (known === undefined || known.state === "inactive") {
        this.alerts.set(key, alert);
        isNew = true;
        continue;
      }
      known.value = alert.value;
      known.annotations = alert.annotations;
      known.awaitedUntil = undefined;
    }
    return isNew;
  }

  #advance(key: string, alert: ActiveAlert, isFound: boolean, timeMillis: number): StateChange {
    if (!isFound) {
      if (alert.state === "inactive") {
        const isOld = timeMillis - (alert.resolvedAt ?? timeMillis) > RESOLVED_RETENTION_MILLIS;
        if (isOld) this.#remove(key, alert);
        return isOld ? "slight" : "none";
      }
      if (alert.state === "pending") {
        this.#remove(key, alert);
        return "slight";
      }
      if (this.#isKept(alert, timeMillis)) {
        alert.keepFiringSince ??= timeMillis;
        return "slight";
      }
      resolve(alert, timeMillis);
      return "announced";
    }
    alert.keepFiringSince = undefined;
    if (alert.state !== "pending") return "none";
    if (timeMillis - alert.activeAt < this.checked.forMillis) return "slight";
    alert.state = "firing";
    alert.firedAt = timeMillis;
    return "announced";
  }

  // Whether an alert without a result goes on firing for `keep_firing_for`.
  #isKept({ state, keepFiringSince = Infinity }: ActiveAlert, timeMillis: number): boolean {
    const { keepFiringForMillis } = this.checked;
    return (
      state === "firing" && keepFiringForMillis > 0 && timeMillis - keepFiringSince < keepFiringForMillis
    );
  }

  #write(recorded: RecordedSeries, timeMillis: number): void {
    const values = new Map<RecordedColumn, number>();
    for (const alert of this.alerts.values()) {
      const { state, labels } = alert;
      if (state === "inactive") continue;
      const [states, starts] = alert.columns.filter(({ isDropped }) => !isDropped);
      const isSame = starts !== undefined && states?.labels["alertstate"] === state;
      const ofState = isSame
        ? states
        : recorded.column(withLabels(labels, { __name__: "ALERTS", alertstate: state }));
      const ofStart = starts ?? recorded.column(withLabels(labels, { __name__: "ALERTS_FOR_STATE" }));
      if (ofState === undefined || ofStart === undefined) {
        warnOnceAMinute(
          `rules: alerts are not written to ALERTS, since rules write more than ${MAX_RECORDED_SERIES} series; aggregate`,
        );
        break;
      }
      alert.columns = [ofState, ofStart];
      values.set(ofState, 1);
      values.set(ofStart, Math.floor(alert.activeAt / 1_000));
    }
    this.refusal = recorded.writer(this.writerKey).write(values, timeMillis);
  }

  #remove(key: string, alert: ActiveAlert): void {
    this.alerts.delete(key);
    alert.state = "inactive";
  }

  #resolveAll(timeMillis: number): void {
    for (const [key, alert] of this.alerts) {
      if (alert.state === "pending") this.#remove(key, alert);
      else if (alert.state === "firing") resolve(alert, timeMillis);
    }
  }
}

const NOTHING: ReadonlySet<string> = new Set();

/** The largest of several changes. */
export function largest(changes: ReadonlySet<StateChange>): StateChange {
  if (changes.has("announced")) return "announced";
  return changes.has("slight") ? "slight" : "none";
}

function withLabels(labels: Labels, more: Labels): Labels {
  return Object.fromEntries(sortedEntries({ ...labels, ...more }));
}
