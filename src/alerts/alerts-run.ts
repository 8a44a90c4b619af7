// The evaluation and delivery of alerts, in the process that exports the metrics.
import { diag, type Meter } from "@opentelemetry/api";
import { StateOwner } from "../io/state-owner.ts";
import { realClearTimeout, realSetTimeout } from "../io/timeout.ts";
import type { SampleSource } from "../query/sample-source.ts";
import type { Alert } from "./alert.ts";
import { type AlertProfiles, ProfiledAlerts } from "./profiled-alerts.ts";
import { type CorrelateAlert, CorrelatedAlerts, type EvaluationTimes } from "./correlated-alerts.ts";
import { type AlertEventType, AlertDelivery, type Silences } from "./delivery/index.ts";
import type { RecordedSeries } from "./evaluation/recorded-series.ts";
import { type EngineState, RuleEngine } from "./evaluation/rule-engine.ts";
import type { GroupState } from "./evaluation/rule-state.ts";
import { type RecordedStore, RulesSource } from "./evaluation/recorded-series.ts";
import type { CheckedGroup } from "./rules/checked-group.ts";
import { type RuleFile, ruleFileFrom } from "./rules/rule-file.ts";
import { WatchedFiles } from "./rules/watched-files.ts";
import { type SequenceFile, sequenceFileFrom } from "./sequences/rule-file.ts";
import { RunningSequences, type SequenceSource } from "./sequences/running-sequences.ts";
import { watchForTests } from "./test-request.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { makeFolderSync } from "../io/files/open-file.ts";
import type { Events } from "../events/events.ts";
import type { AlertSettings } from "./options.ts";

// Alerts that are passed on without a pause.
const PIECE = 200;

/** State of a run. */
interface AlertsState {
  readonly engine: EngineState;
  readonly delivery: string;
  readonly sequences: unknown;
}

/**
 * Alerts from the time at which this process exports, until it ends or another one takes over. Their state is in memory
 * until this process owns the folder.
 */
export class AlertsRun {
  readonly #parts: AlertsRunParts;
  readonly #engine: RuleEngine;
  readonly #delivery: AlertDelivery;
  readonly #files: WatchedFiles<RuleFile>;
  readonly #sequenceFiles: WatchedFiles<SequenceFile>;
  readonly #sequences: RunningSequences;
  readonly #correlated: CorrelatedAlerts | undefined;
  readonly #profiled: ProfiledAlerts | undefined;
  readonly #owner: StateOwner | undefined;
  readonly #labels = new WeakMap<Alert["labels"], Alert["labels"]>();
  #timer: NodeJS.Timeout | undefined;
  #endTests: () => void = () => {};
  #isAdopted = false;
  #isEvaluating = false;
  #isEnded = false;
  #engineEnd: Promise<void> | undefined;
  // Whether alerts of a previous process that no rule raises any more were resolved.
  #isSettled = false;

  /** @param recorded The series that the rules of a run before have written, which is continued. */
  constructor(parts: AlertsRunParts, recorded?: RecordedSeries) {
    this.#parts = parts;
    const { settings, source, events, meter, store, labels, url, silences, isShared } = parts;
    this.#delivery = new AlertDelivery(settings.delivery, {
      silences,
      meter,
      externalUrl: url,
      onEvent: (type, alert) => this.#announce(type, alert),
    });
    this.#files = new WatchedFiles({
      files: settings.files,
      check: ruleFileFrom,
      onChange: () => void this.#engine.replace(this.ruleGroups()),
    });
    this.#sequenceFiles = new WatchedFiles({
      files: settings.sequences.files,
      check: sequenceFileFrom,
      onChange: () => this.#sequences.replace(this.#sequenceSources()),
    });
    this.#sequences = new RunningSequences(this.#sequenceSources(), {
      events,
      directory: undefined,
      labels,
      url,
      isShared,
      store,
      onAlerts: (alerts) => void this.#deliver(alerts, Date.now() / 1_000),
    });
    this.#engine = new RuleEngine({
      groups: this.ruleGroups(),
      source: new RulesSource(source, this.#sequences.series),
      intervalMillis: settings.delivery.intervalSeconds * 1_000,
      missingData: settings.missingData,
      recorded: recorded ?? { store },
      externalLabels: labels,
      externalUrl: url,
      meter,
      otherAlerts: () => this.#sequences.alerts(),
      onEvaluated: async (alerts, timeSeconds, intervalSeconds) => {
        if (!this.#isEnded) this.#profiled?.evaluated(this.#engine.active());
        await this.#deliver(alerts, timeSeconds, intervalSeconds);
        this.#settle();
      },
    });
    const { correlate, profiles } = parts;
    if (profiles !== undefined)
      this.#profiled = new ProfiledAlerts(profiles, (name) => this.#engine.metricsOf(name));
    if (correlate !== undefined)
      this.#correlated = new CorrelatedAlerts({
        correlate,
        metricsOf: ({ name }) => this.#engine.metricsOf(name),
        deliver: (alerts, { timeSeconds, intervalSeconds }) =>
          this.#delivery.update(alerts, timeSeconds, intervalSeconds),
        onLate: (alert) => this.#record("alert.correlated", alert),
      });
    const directory = usableDirectory(parts.directory);
    if (directory !== undefined)
      this.#owner = new StateOwner({
        directory,
        name: ".owner",
        area: "alerts",
        refusal: `another process uses folder "${directory}"; until it ends, the alerts of this process are in memory only. Both processes send those of rules that both have. Set alerts.directory to a folder for each process, or option group`,
        onOwned: () => this.#adopt(directory),
        onRefused: () => this.#evaluate(),
      });
  }

  /** Continues the state of a closed run. Call it before the start. */
  restore({ engine, delivery, sequences }: AlertsState): void {
    this.#engine.restore(engine);
    this.#delivery.restore(delivery);
    this.#sequences.restore(sequences);
    this.#correlated?.restore(this.#delivery.firing());
  }

  /** Begins to evaluate the rules. */
  start(): void {
    this.#files.start();
    this.#sequenceFiles.start();
    this.#sequences.start();
    this.#repeat();
    if (this.#owner === undefined) this.#evaluate();
    else this.#owner.begin();
  }

  /** The metrics together with the series that the rules write. */
  get source(): SampleSource {
    return this.#engine.source;
  }

  /** Metrics of `source` together with the series that the rules write. */
  withWritten(source: SampleSource): SampleSource {
    return this.#engine.withWritten(new RulesSource(source, this.#sequences.series));
  }

  /** Groups of rules, those of files as last read without a problem. */
  ruleGroups(): readonly CheckedGroup[] {
    return [...this.#files.files.flatMap(({ groups }) => groups), ...this.#parts.settings.groups];
  }

  /** States of all groups, those of rules over sequences included. */
  groups(): readonly GroupState[] {
    return [...this.#engine.groups(), ...this.#sequences.groups()].map((group) => ({
      ...group,
      rules: group.rules.map((rule) => ({
        ...rule,
        alerts: rule.alerts.map((alert) => this.#identified(alert)),
      })),
    }));
  }

  /** The state that no folder has; `undefined` if this run owned the folder. */
  get state(): AlertsState | undefined {
    if (this.#isAdopted) return undefined;
    return {
      engine: this.#engine.state,
      delivery: this.#delivery.state,
      sequences: this.#sequences.state(),
    };
  }

  /** The series that the rules have written. */
  get recorded(): RecordedSeries {
    return this.#engine.recorded;
  }

  /** The delivery of the alerts. */
  get delivery(): AlertDelivery {
    return this.#delivery;
  }

  /** Ends the evaluation in this turn. The state is kept for the next process. */
  stop(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#correlated?.end();
    realClearTimeout(this.#timer);
    this.#endTests();
    this.#files.end();
    this.#sequenceFiles.end();
    this.#sequences.stop();
    this.#engineEnd = this.#engine.end();
  }

  /** Ends evaluation and delivery, writes the state, and leaves the folder to other processes. Never rejects. */
  async close(): Promise<void> {
    this.stop();
    await this.#engineEnd?.catch((error: unknown) => diag.error("alerts: the rules did not end", error));
    await this.#sequences.close();
    await this.#delivery.close();
    await this.#owner?.close().catch((error: unknown) => diag.error("alerts: a lock did not end", error));
  }

  // At the start, or once the process that owned the folder has ended.
  #adopt(directory: string): void {
    if (this.#isEnded) return;
    this.#isSettled = false;
    this.#isAdopted = true;
    this.#delivery.adopt(directory);
    this.#correlated?.restore(this.#delivery.firing());
    this.#sequences.adopt(directory);
    this.#endTests = watchForTests(directory, () => this.#delivery.test());
    void this.#engine.adopt(directory).then(() => this.#settle());
    this.#evaluate();
  }

  // Once it is known whether there are alerts of a previous process.
  #evaluate(): void {
    if (this.#isEvaluating || this.#isEnded) return;
    this.#isEvaluating = true;
    this.#engine.start();
    this.#settle();
  }

  // Alerts of a previous process may have ended with it, or have other labels now.
  #settle(): void {
    if (this.#isSettled || this.#isEnded || !this.#engine.isSettled) return;
    this.#isSettled = true;
    this.#delivery.retain(this.#firing(), Date.now() / 1_000);
  }

  *#firing(): Generator<Alert> {
    for (const alert of [...this.#engine.active(), ...this.#sequences.alerts()])
      yield this.#identified(alert);
  }

  // Alertmanagers get firing alerts again and again.
  #repeat(): void {
    this.#timer = realSetTimeout(() => {
      this.#sequences.tend();
      void this.#deliver(this.#sequences.alerts(), Date.now() / 1_000);
      this.#repeat();
    }, this.#parts.settings.delivery.intervalSeconds * 1_000).unref();
  }

  #sequenceSources(): readonly SequenceSource[] {
    const { rules } = this.#parts.settings.sequences;
    return [{ file: "alerts.sequences", rules }, ...this.#sequenceFiles.files];
  }

  // Resolves once the alerts are taken. Never rejects.
  async #deliver(alerts: readonly Alert[], timeSeconds: number, intervalSeconds?: number): Promise<void> {
    if (this.#isEnded) return;
    const evaluation = { timeSeconds, intervalSeconds };
    this.#delivery.update(this.#allIdentified(alerts, evaluation), timeSeconds, intervalSeconds);
    await this.#delivery.updated();
  }

  *#allIdentified(alerts: readonly Alert[], evaluation: EvaluationTimes): Generator<Alert> {
    for (let start = 0; start < alerts.length; start += PIECE) {
      const piece = alerts.slice(start, start + PIECE).map((alert) => this.#identified(alert));
      for (const alert of this.#correlated?.pass(piece, evaluation) ?? piece) {
        if (this.#isEnded) return;
        yield alert;
      }
    }
  }

  // The same labels at each evaluation, so that the delivery finds the alert by them quickly.
  #identified(alert: Alert): Alert {
    let labels = this.#labels.get(alert.labels);
    if (labels === undefined)
      this.#labels.set(alert.labels, (labels = { ...this.#parts.labels, ...alert.labels }));
    const known = { ...alert, labels };
    const identified = this.#profiled?.annotated(known) ?? known;
    return this.#correlated?.annotated(identified) ?? identified;
  }

  #announce(type: AlertEventType, alert: Alert): void {
    this.#record(type, alert);
    this.#parts.onAlert(alert);
  }

  #record(type: AlertEventType | "alert.correlated", alert: Alert): void {
    const { name, labels, annotations, value, activeAt, firedAt, resolvedAt } = alert;
    this.#parts.events.record({
      event_type: type,
      source: "tachymeter.alerts",
      data: { name, annotations, value, activeAt, firedAt, resolvedAt },
      labels,
    });
  }
}

/** Makes the folder of the state if needed. Returns `undefined` if this fails: alerts work without it. */
function usableDirectory(directory: string | undefined): string | undefined {
  if (directory === undefined) return undefined;
  try {
    makeFolderSync(directory, 0o700);
    return directory;
  } catch (error) {
    diag.error(
      `alerts: folder "${directory}" cannot be made (${errorMessage(error)}); alerts do not survive this process`,
    );
    return undefined;
  }
}

/** Parts that are known at the start of the SDK. */
export interface AlertsParts {
  readonly settings: AlertSettings;
  /** Folder of the state; `undefined` without one. */
  readonly directory: string | undefined;
  /** Labels that identify this application. Alerts that have none of the same names get them. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of this application, for links. `undefined` until a server listens. */
  readonly url: () => string | undefined;
}

/** Parts of the process that exports. */
export interface ExportingParts {
  /** Metrics that the rules are evaluated over. */
  readonly source: SampleSource;
  /** Events that the rules over sequences see, and in which alerts are recorded. */
  readonly events: Pick<Events, "record" | "on">;
  readonly meter: Meter | undefined;
  /** Whether older samples are in a history. @defaultValue true */
  readonly hasHistory?: boolean | undefined;
  /** Keeps the series that the rules write. */
  readonly store?: RecordedStore | undefined;
  /** Whether the application has several processes or threads, whose events come too. */
  readonly isShared: () => boolean;
  /** Finds what changed together with an alert that begins to fire. `undefined` without anomaly detection. */
  readonly correlate?: CorrelateAlert | undefined;
  /** Explains alerts of event loop, processor time and memory. `undefined` without profiles. */
  readonly profiles?: AlertProfiles | undefined;
}

/** Parts of a run. */
interface AlertsRunParts extends AlertsParts, ExportingParts {
  readonly silences: Silences;
  /** Called with each alert that begins to fire or is resolved. Must not throw. */
  readonly onAlert: (alert: Alert) => void;
}
