// Alerts of the running SDK: rules, sequences of events, and their delivery.
import { mkdirSync } from "node:fs";
import { diag, type Meter } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { LogOnce } from "../diagnostics/log-once.ts";
import { nextTurn } from "../io/yield.ts";
import { realClearTimeout, realSetTimeout } from "../io/timeout.ts";
import type { Events } from "../events/events.ts";
import type { CapableSource } from "../query/capable-source.ts";
import type { Alert } from "./alert.ts";
import { CorrelatedAlerts } from "./correlated-alerts.ts";
import type { CorrelateAlert } from "./correlation.ts";
import {
  type AlertMatchers,
  Delivery,
  type DeliveryReport,
  type Silence,
  type SilenceOptions,
} from "./delivery/index.ts";
import { RuleEngine } from "./evaluation/rule-engine.ts";
import type { GroupState, RuleState } from "./evaluation/rule-state.ts";
import { exportRules } from "./export/export-rules.ts";
import { ruleGroupFrom } from "./export/rule-group-from.ts";
import type { AlertSettings } from "./options.ts";
import { WatchedRules } from "./rules/watched-rules.ts";
import { watchForTests } from "./test-request.ts";
import { RunningSequences } from "./sequences/running-sequences.ts";

/** Parts that the alerts work with. */
export interface AlertsParts {
  readonly settings: AlertSettings;
  /** Metrics that the rules are evaluated over. */
  readonly source: CapableSource;
  /** Events that the rules over sequences see, and in which alerts are recorded. */
  readonly events: Events;
  readonly meter: Meter | undefined;
  /** Folder of the state; `undefined` without one. */
  readonly directory: string | undefined;
  /** Labels that identify this application. Alerts that have none of the same names get them. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of this application, for links. */
  readonly url: string | undefined;
  /** Whether the application has several processes or threads, whose events come too. */
  readonly isShared: () => boolean;
  /** Finds what changed together with an alert that begins to fire. `undefined` without anomaly detection. */
  readonly correlate?: CorrelateAlert | undefined;
}

// Alerts that are passed on in one turn of the event loop.
const PIECE = 200;

/**
 * The alerts of the running SDK.
 *
 * @example
 * const telemetry = start({ alerts: { rules: ["alerts.yml"] } });
 * telemetry.alerts?.on(({ name, state }) => console.log(name, state));
 */
export class Alerts {
  readonly #parts: AlertsParts;
  readonly #directory: string | undefined;
  readonly #engine: RuleEngine;
  readonly #delivery: Delivery;
  readonly #files: WatchedRules;
  readonly #sequences: RunningSequences;
  readonly #correlated: CorrelatedAlerts | undefined;
  readonly #labels = new WeakMap<Alert["labels"], Alert["labels"]>();
  readonly #listeners = new Set<(alert: Alert) => unknown>();
  readonly #once = new LogOnce();
  #timer: NodeJS.Timeout | undefined;
  #endTests: () => void = () => {};
  #isEnded = false;
  #engineEnd: Promise<void> | undefined;
  // Whether alerts of a previous process that no rule raises any more were resolved.
  #isSettled = false;

  private constructor(parts: AlertsParts) {
    this.#parts = parts;
    const { settings, source, events, meter, labels, url } = parts;
    const directory = usableDirectory(parts.directory);
    this.#directory = directory;
    this.#delivery = new Delivery(settings.delivery, {
      directory,
      meter,
      externalUrl: () => url,
      onEvent: (type, alert) => this.#announce(type, alert),
    });
    this.#files = new WatchedRules({
      files: settings.files,
      onChange: (groups) => void this.#engine.replace([...groups, ...settings.groups]),
    });
    this.#engine = new RuleEngine({
      groups: [...this.#files.groups, ...settings.groups],
      source,
      intervalMillis: settings.delivery.intervalSeconds * 1_000,
      missingData: settings.missingData,
      directory,
      externalLabels: labels,
      externalUrl: url,
      meter,
      onEvaluated: async (alerts, timeSeconds, intervalSeconds) => {
        await this.#deliver(alerts, timeSeconds, intervalSeconds);
        this.#settle();
      },
    });
    this.#sequences = new RunningSequences(settings.sequences, {
      events,
      directory,
      labels,
      url,
      isShared: parts.isShared,
      onAlerts: (alerts) => void this.#deliver(alerts, Date.now() / 1_000),
    });
    const { correlate } = parts;
    if (correlate !== undefined)
      this.#correlated = new CorrelatedAlerts({
        correlate,
        metricsOf: ({ name }) => this.#engine.metricsOf(name),
        deliver: (alerts) => this.#delivery.update(alerts, Date.now() / 1_000),
        restored: this.#delivery.firing(),
      });
  }

  /**
   * Begins to evaluate the rules.
   *
   * @internal
   */
  static begin(parts: AlertsParts): Alerts {
    const alerts = new Alerts(parts);
    alerts.#start();
    return alerts;
  }

  /** Pending and firing alerts. */
  active(): readonly Alert[] {
    const firing = this.#sequences.alerts().filter(({ state }) => state === "firing");
    return [...this.#engine.active(), ...firing].map((alert) => this.#identified(alert));
  }

  /** States of all rules, those of monitors and objectives included. */
  rules(): readonly RuleState[] {
    return this.groups().flatMap(({ rules }) => rules);
  }

  /**
   * Silences alerts: receivers other than Alertmanagers do not get them. Returns a function that ends the silence.
   *
   * @param matchers in PromQL's notation: `alertname="DiskFull", severity!="critical"`.
   * @throws OptionsError if the matchers, the end or the comment are invalid.
   *
   * @example
   * const end = telemetry.alerts.silence('alertname="DiskFull"', { until: Date.now() / 1_000 + 3_600, comment: "known" });
   */
  silence(matchers: AlertMatchers, options: SilenceOptions): () => void {
    return this.#delivery.silence(matchers, options);
  }

  /** The silences that have begun and not ended. */
  silences(): readonly Silence[] {
    return this.#delivery.silences();
  }

  /**
   * Calls `listener` with each alert that begins to fire or is resolved, whether it is silenced or not. Returns a function
   * that removes the listener. If the listener throws or rejects, this is logged once.
   */
  on(listener: (alert: Alert) => unknown): () => void {
    // Each registration counts, also of the same function.
    const own = (alert: Alert): unknown => listener(alert);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Sends a test alert to each receiver, once, and returns which of them accepted it. Never rejects. */
  test(): Promise<DeliveryReport[]> {
    return this.#delivery.test();
  }

  /** Returns all rules as a rule file for Prometheus, vmalert or Mimir. Rules over sequences of events are left out. */
  exportRules(): string {
    const { groups } = this.#parts.settings;
    return exportRules([...this.#files.groups, ...groups].map((group) => ruleGroupFrom(group)));
  }

  /** @internal States of all groups. */
  groups(): readonly GroupState[] {
    return this.#engine.groups().map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        alerts: rule.alerts.map((alert) => this.#identified(alert)),
      })),
    }));
  }

  /** @internal The metrics together with the series that the rules write. */
  get source(): CapableSource {
    return this.#engine.source;
  }

  /** @internal Sends what waits, and writes the state. Never rejects. */
  async flush(): Promise<void> {
    await this.#delivery.flush();
  }

  /** @internal Ends the evaluation in this turn. The state is kept for the next process. */
  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#correlated?.end();
    realClearTimeout(this.#timer);
    this.#endTests();
    this.#files.end();
    this.#sequences.stop();
    this.#engineEnd = this.#engine.end();
  }

  /** @internal Ends evaluation and delivery, and writes the state. Never rejects. */
  async close(): Promise<void> {
    this.stop();
    await this.#engineEnd?.catch((error: unknown) => diag.error("alerts: the rules did not end", error));
    await this.#sequences.close();
    await this.#delivery.close();
  }

  #start(): void {
    this.#engine.start();
    this.#files.start();
    this.#sequences.start();
    this.#settle();
    if (this.#directory !== undefined) this.#endTests = watchForTests(this.#directory, () => this.test());
    this.#repeat();
  }

  // Alerts of a previous process may have ended with it, or have other labels now.
  #settle(): void {
    if (this.#isSettled || this.#isEnded || !this.#engine.isSettled) return;
    this.#isSettled = true;
    this.#delivery.retain(this.active(), Date.now() / 1_000);
  }

  // Alertmanagers get firing alerts again and again.
  #repeat(): void {
    this.#timer = realSetTimeout(() => {
      void this.#deliver(this.#sequences.alerts(), Date.now() / 1_000);
      this.#sequences.tend();
      this.#repeat();
    }, this.#parts.settings.delivery.intervalSeconds * 1_000).unref();
  }

  // In pieces, so that many alerts do not hold the event loop. Never rejects.
  async #deliver(alerts: readonly Alert[], timeSeconds: number, intervalSeconds?: number): Promise<void> {
    for (let start = 0; start === 0 || start < alerts.length; start += PIECE) {
      if (start > 0) await nextTurn();
      if (this.#isEnded) return;
      const piece = alerts.slice(start, start + PIECE).map((alert) => this.#identified(alert));
      this.#delivery.update(this.#correlated?.pass(piece) ?? piece, timeSeconds, intervalSeconds);
    }
  }

  // The same labels at each evaluation, so that the delivery finds the alert by them quickly.
  #identified(alert: Alert): Alert {
    let labels = this.#labels.get(alert.labels);
    if (labels === undefined)
      this.#labels.set(alert.labels, (labels = { ...this.#parts.labels, ...alert.labels }));
    const identified = { ...alert, labels };
    return this.#correlated?.annotated(identified) ?? identified;
  }

  #announce(type: "alert.firing" | "alert.resolved", alert: Alert): void {
    const { name, labels, annotations, value, activeAt, firedAt, resolvedAt } = alert;
    this.#parts.events.record({
      event_type: type,
      source: "tachymeter.alerts",
      data: { name, annotations, value, activeAt, firedAt, resolvedAt },
      labels,
    });
    for (const listener of this.#listeners) this.#call(listener, alert);
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

// Without the folder alerts work, but do not survive the process.
function usableDirectory(directory: string | undefined): string | undefined {
  if (directory === undefined) return undefined;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch (error) {
    diag.error(
      `alerts: folder "${directory}" cannot be made (${errorMessage(error)}); alerts do not survive this process`,
    );
    return undefined;
  }
}
