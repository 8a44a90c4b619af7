// Rules over sequences of the events of the running SDK, with templates filled in and a state that survives the process.
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import type { Events } from "../../events/events.ts";
import { StateFile } from "../../io/files/state-file.ts";
import { Parser } from "../../options/parser.ts";
import type { Alert } from "../alert.ts";
import { identityOf } from "../delivery/identity.ts";
import { RecordedSeries, type RecordedStore } from "../evaluation/recorded-series.ts";
import type { GroupState } from "../evaluation/rule-state.ts";
import { type CheckedSequenceRule, joinedRules, templateTexts } from "./check-rules.ts";
import type { Texts } from "../rules/checked-group.ts";
import { Template } from "../templates/template.ts";
import { eventFrom } from "./match.ts";
import { FiringAlerts } from "./firing-alerts.ts";
import { Sequences } from "./sequences.ts";
import { savedSequencesFrom } from "./saved-sequences.ts";
import type { RecordedColumn } from "../evaluation/recorded-column.ts";
import { formatSequence } from "./format.ts";

export interface RunningSequencesParts {
  readonly events: Pick<Events, "record" | "on">;
  /** Labels that identify this application, for templates. */
  readonly labels: Texts;
  /** URL of this application, for templates. */
  readonly url: () => string | undefined;
  /** Folder of `sequences.json`; `undefined` without one. */
  readonly directory: string | undefined;
  /** Whether events of other processes and threads come, too. */
  readonly isShared: () => boolean;
  /** Called with alerts that were raised or resolved. */
  readonly onAlerts: (alerts: readonly Alert[]) => void;
  /** Keeps `ALERTS` and `ALERTS_FOR_STATE`. */
  readonly store?: RecordedStore | undefined;
}

// Members pass their events on within a second.
const LATENESS_SECONDS = 2;
// A new or resolved alert is saved at once, further ones after this time.
const SAVE_PAUSE_MILLIS = 1_000;

export class RunningSequences {
  readonly #parts: RunningSequencesParts;
  readonly #series: AlertSeries;
  #sources: readonly SequenceSource[] = [];
  #sequences: Sequences | undefined;
  #firing = new FiringAlerts();
  // By their texts.
  #templates: ReadonlyMap<string, Template> = new Map();
  #file: StateFile | undefined;
  #remove = (): void => {};
  #savedRevision = 0;
  #isStopped = false;

  constructor(sources: readonly SequenceSource[], parts: RunningSequencesParts) {
    this.#parts = parts;
    this.#series = new AlertSeries(parts.store);
    this.#use(sources);
    if (parts.directory !== undefined) this.adopt(parts.directory);
  }

  /** Firing alerts, and those resolved within the last 15 minutes: one for each label set. */
  alerts(): readonly Alert[] {
    return Array.from(this.#byIdentity().values(), (alert) => this.#expanded(alert));
  }

  /** The rules that raise alerts, with their firing alerts. */
  groups(): readonly GroupState[] {
    const alerts = this.#sequences?.alertsByRule();
    return sequenceGroups(this.#sources, ({ id }) =>
      (alerts?.get(id) ?? []).filter(({ state }) => state === "firing").map((alert) => this.#expanded(alert)),
    );
  }

  /** The state, for other sequences in this process; `undefined` without rules. */
  state(): unknown {
    return this.#sequences?.state();
  }

  /** Continues the state of other sequences. */
  restore(state: unknown): void {
    const sequences = this.#sequences;
    if (state === undefined || sequences === undefined) return;
    sequences.restore(state);
    this.#firing.restore(sequences.alerts());
  }

  /** `ALERTS` and `ALERTS_FOR_STATE` of the alerts. */
  get series(): RecordedSeries {
    return this.#series.series;
  }

  /** Begins to receive events. */
  start(): void {
    if (this.#isStopped) return;
    this.#remove = this.#parts.events.on("*", (event) => this.#sequences?.offer(event));
    this.#series.write(this.alerts(), Date.now());
  }

  /** Adapts to the members of the group, writes samples of the alerts, and the partial matches if they have changed. */
  tend(): void {
    this.#adapt();
    const firing = this.alerts().filter(({ state }) => state === "firing");
    this.#series.write(firing, Date.now());
    this.#save();
  }

  /** Replaces the rules. Partial matches and alerts of unchanged rules stay; alerts of removed ones are resolved. */
  replace(sources: readonly SequenceSource[]): void {
    if (this.#isStopped) return;
    const before = this.alerts().filter(({ state }) => state === "firing");
    const state = this.state();
    this.#use(sources);
    this.restore(state);
    const after = this.#byIdentity();
    const ended = before.filter(({ labels }) => after.get(identityOf(labels))?.state !== "firing");
    const resolvedAt = Date.now() / 1_000;
    if (ended.length > 0) this.#passOn(ended.map((alert) => ({ ...alert, state: "resolved", resolvedAt })));
    this.#file?.changedSlightly();
  }

  /** Continues with the state of a folder that had another owner, and keeps the state there from now on. */
  adopt(directory: string): void {
    const file = new StateFile({
      file: join(directory, "sequences.json"),
      area: "sequences",
      consequence: "it is ignored",
      // Without rules, the state of previous ones is superfluous.
      content: () => this.#sequences?.stateText(),
      pauseMillis: SAVE_PAUSE_MILLIS,
    });
    this.#file = file;
    const sequences = this.#sequences;
    if (sequences === undefined) return file.changedSlightly();
    const stored = file.read((text) => savedSequencesFrom(text));
    if (stored === undefined) return;
    if (sequences.revision > 0) file.changedSlightly();
    this.restore(stored);
  }

  /** Ends in this turn. */
  stop(): void {
    this.#isStopped = true;
    this.#remove();
    this.#sequences?.close();
    this.#file?.changed();
  }

  /** Resolves once the state is written. */
  async close(): Promise<void> {
    await (this.#isStopped ? this.#file?.close() : this.#file?.saved());
  }

  #use(sources: readonly SequenceSource[]): void {
    const parser = new Parser();
    const rules = joinedRules(
      parser,
      sources.map((each) => each.rules),
    );
    for (const { value } of parser.problems)
      diag.warn(`sequences: a rule named "${String(value)}" occurs twice; the first one counts`);
    this.#sources = sources;
    this.#templates = new Map(
      rules.flatMap((rule) => templateTexts(rule).map((text) => [text, new Template(text, rule.name)])),
    );
    this.#sequences?.close();
    this.#sequences = undefined;
    if (rules.length === 0) return;
    // The previous rules may still report alerts, if one of their events replaces them.
    const firing = new FiringAlerts();
    this.#firing = firing;
    this.#sequences = new Sequences(rules, {
      labelsOf: (alert, key) => this.#texts(alert.labels, { ...alert, labels: { ...alert.labels, ...key } }),
      onMatch: (match, rule) => {
        if (rule.effect === "event") this.#parts.events.record(eventFrom(rule, match));
      },
      onAlerts: (alerts) => {
        // A prolonged alert is written and delivered at the next interval, however many events prolong it.
        const changed = alerts.filter((alert) => !firing.isProlonged(alert));
        if (changed.length === 0) return;
        this.#file?.changedSlightly();
        const news = changed.filter((alert) => firing.note(alert));
        if (news.length > 0) this.#passOn(news.map((alert) => this.#expanded(alert)));
      },
    });
    this.#adapt();
  }

  #adapt(): void {
    if (this.#sequences !== undefined)
      this.#sequences.lateness = this.#parts.isShared() ? LATENESS_SECONDS : 0;
  }

  #passOn(alerts: readonly Alert[]): void {
    this.#series.write(alerts, Date.now());
    this.#parts.onAlerts(alerts);
  }

  #expanded(alert: Alert): Alert {
    return { ...alert, annotations: this.#texts(alert.annotations, alert) };
  }

  // With the templates of rules filled in. Values of keys are not templates.
  #texts(texts: Texts, { labels, value, activeAt }: Alert): Texts {
    const { labels: externalLabels, url } = this.#parts;
    const externalUrl = url() ?? "";
    const data = { labels, value, timeSeconds: activeAt, externalLabels, externalUrl, query: noQuery };
    const expanded = (text: string): string => {
      const filled = this.#templates.get(text)?.expand(data);
      return typeof filled === "string" ? filled : text;
    };
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, expanded(text)]));
  }

  // Several rules, or keys of a rule whose label replaces one of the key, may have an alert with the same labels. For
  // receivers it is one: the first that fires, otherwise the last that was resolved.
  #byIdentity(): ReadonlyMap<string, Alert> {
    const found = new Map<string, Alert>();
    for (const alert of this.#sequences?.alerts() ?? []) {
      const identity = identityOf(alert.labels);
      const known = found.get(identity);
      if (known === undefined || precedes(alert, known)) found.set(identity, alert);
    }
    return found;
  }

  #save(): void {
    const revision = this.#sequences?.revision;
    if (revision === undefined || revision === this.#savedRevision) return;
    this.#savedRevision = revision;
    this.#file?.changedSlightly();
  }
}

function precedes(alert: Alert, other: Alert): boolean {
  if (alert.state !== other.state) return alert.state === "firing";
  return alert.state === "firing"
    ? (alert.firedAt ?? 0) < (other.firedAt ?? 0)
    : (alert.resolvedAt ?? 0) > (other.resolvedAt ?? 0);
}

function noQuery(): never {
  throw new Error("rules over sequences of events have no metrics");
}

/** The series of alerts, as rules over metrics write them. An alert has no sample before it fires. */
class AlertSeries {
  readonly series: RecordedSeries;

  constructor(store?: RecordedStore) {
    this.series = new RecordedSeries({ store });
  }

  /** Writes a sample of each firing alert, and ends the series of each resolved one. */
  write(alerts: readonly Alert[], timeMillis: number): void {
    for (const { labels, state, activeAt } of alerts) {
      const columns = [
        [this.#column(labels, { __name__: "ALERTS", alertstate: "firing" }), 1],
        [this.#column(labels, { __name__: "ALERTS_FOR_STATE" }), Math.floor(activeAt)],
      ] as const;
      for (const [column, value] of columns) {
        if (state === "firing") column?.add(timeMillis, value);
        else if (column?.size !== 0) column?.end(timeMillis);
      }
    }
    this.series.store(timeMillis);
    this.series.prune(timeMillis);
  }

  #column(labels: Alert["labels"], more: Alert["labels"]): RecordedColumn | undefined {
    const entries = Object.entries({ ...labels, ...more }).filter(([, value]) => value !== "");
    return this.series.column(Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1))));
  }
}

const NAME = "sequences";

/** The rules of a file, or of the option. */
export interface SequenceSource {
  /** Path of the file, or name of the option. */
  readonly file: string;
  readonly rules: readonly CheckedSequenceRule[];
}

/**
 * A group `sequences` for each source with rules that raise alerts. Its rules are evaluated with each event, so that there
 * are no times of evaluations.
 *
 * @param alertsOf returns the firing alerts of a rule.
 */
function sequenceGroups(
  sources: readonly SequenceSource[],
  alertsOf: (rule: CheckedSequenceRule) => readonly Alert[],
): readonly GroupState[] {
  const times = { lastEvaluation: undefined, evaluationSeconds: 0 };
  return sources.flatMap(({ file, rules }) => {
    const alerting = rules.filter(({ effect }) => effect === "alert");
    if (alerting.length === 0) return [];
    const states = alerting.map((rule) => {
      const alerts = alertsOf(rule);
      return {
        kind: "alerting",
        name: rule.name,
        group: NAME,
        file,
        query: formatSequence(rule.sequence),
        labels: rule.labels,
        annotations: rule.annotations,
        forSeconds: 0,
        // A rule without a limit fires until the event occurs again.
        keepFiringForSeconds: Number.isFinite(rule.keepFiringMillis) ? rule.keepFiringMillis / 1_000 : 0,
        state: alerts.length > 0 ? "firing" : "inactive",
        alerts,
        health: "ok",
        lastError: undefined,
        ...times,
      } as const;
    });
    return [{ name: NAME, file, interval: 0, limit: 0, missedEvaluations: 0, rules: states, ...times }];
  });
}
