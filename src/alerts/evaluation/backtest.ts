// Rules over stored samples: when each alert would have fired.
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { show } from "../../diagnostics/show.ts";
import { unixMillisFrom } from "../../events/time.ts";
import type { Time } from "../../query/index.ts";
import { Slices } from "../../io/yield.ts";
import { sampleSourceOf } from "../../query/given-source.ts";
import type { SampleSource } from "../../query/sample-source.ts";
import type { Source } from "../../query/source.ts";
import { prepare, type Prepared } from "../../query/evaluation/prepared.ts";
import { isOfConstant } from "../../query/evaluation/shortcuts.ts";
import { selectorsOf } from "../../query/evaluation/spans.ts";
import type { Steps } from "../../query/evaluation/steps.ts";
import { QueryError } from "../../query/query-error.ts";
import type { MatrixSeries, VectorSeries } from "../../query/result.ts";
import { checkGroups } from "../rules/check-groups.ts";
import {
  type CheckedAlertingRule,
  type CheckedGroup,
  type CheckedRule,
  writtenNames,
} from "../rules/checked-group.ts";
import type { RuleGroup } from "../rules/rule.ts";
import { comparisonIn } from "./comparison.ts";
import { readRuleFile } from "../rules/rule-file.ts";
import { RulesError } from "../rules/problem.ts";
import { AlertingRuleRun } from "./alerting-rule.ts";
import { RecordedSeries } from "./recorded-series.ts";
import { RuleEngine } from "./rule-engine.ts";
import { rowsOf } from "./evaluation.ts";
import type { ActiveAlert } from "./active-alert.ts";

/** Range of a {@link backtest}. */
export interface BacktestRange {
  /** Time of the first evaluation: a `Date`, an ISO 8601 string or Unix seconds. */
  readonly from: Time;
  /** Limit of the time of the last evaluation. */
  readonly to: Time;
  /** Seconds between two evaluations of groups without an interval. Default: 15. */
  readonly interval?: number | undefined;
  /** Cancels it. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of the evaluations that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

const INTERVAL_SECONDS = 15;
const MAX_STEPS = 1_000_000;
// Steps of one range evaluation.
const CHUNK = 2_000;

/**
 * Evaluates rules over stored samples at each interval of a range of times. Returns when each alert would have fired, in
 * the order of time. Nothing is sent or stored. Missing data hold the state of an alert.
 *
 * @param rules paths of rule files, or groups.
 * @throws RulesError by the promise if a rule is invalid, QueryError if the source fails, RangeError for an invalid range.
 * @example
 * for (const { rule, labels, firedAt } of await backtest(["alerts.yml"], history, { from: "2026-11-01", to: "2026-11-02" }))
 *   console.log(rule, labels, new Date(firedAt * 1_000));
 */
export async function backtest(
  rules: readonly (string | RuleGroup)[],
  source: Source,
  range: BacktestRange,
): Promise<readonly Firing[]> {
  const samples = sampleSourceOf(source);
  const groups = checkedGroups(rules);
  const from = millis("from", range.from);
  const to = millis("to", range.to);
  const intervalMillis = (range.interval ?? INTERVAL_SECONDS) * 1_000;
  if (!(intervalMillis > 0))
    throw new RangeError(`interval must be above 0, got ${show(range.interval)}; use 15`);
  const log = new FiringLog();
  for (const group of groups) {
    const step = group.intervalMillis ?? intervalMillis;
    if ((to - from) / step > MAX_STEPS)
      throw new RangeError(
        `a backtest must have at most ${MAX_STEPS} evaluations; shorten the range, or raise the interval`,
      );
  }
  const written = new Set(groups.flatMap((group) => group.rules.flatMap(writtenNames)));
  const isWhole = groups.every((group) => group.rules.every((rule) => isIndependent(rule, written)));
  const { signal, onProgress = () => {} } = range;
  const run: Run = { from, to, intervalMillis, signal, onProgress };
  if (isWhole)
    for (const [i, group] of groups.entries())
      await runGroup(
        group,
        samples,
        { ...run, onProgress: (share) => onProgress((i + share) / groups.length) },
        log,
      );
  else await runAll(groups, samples, run, log);
  return log.firings();
}

interface Run {
  readonly from: number;
  readonly to: number;
  readonly intervalMillis: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (share: number) => void;
}

// Each expression is evaluated once for many steps. Recording rules are not needed, since no rule reads their series.
async function runGroup(group: CheckedGroup, source: SampleSource, run: Run, log: FiringLog): Promise<void> {
  const { from, to, signal = new AbortController().signal } = run;
  const stepMillis = group.intervalMillis ?? run.intervalMillis;
  const slices = new Slices();
  for (const [place, checked] of group.rules.entries()) {
    if (checked.kind !== "alerting") continue;
    // As in Prometheus: stores of older versions, and servers, do not know starts.
    const rule = new AlertingRuleRun(checked, false);
    const prepared = prepare(checked.expression);
    const recorded = new RecordedSeries();
    for (let start = from; start <= to; start += CHUNK * stepMillis) {
      const count = Math.min(CHUNK, Math.floor((to - start) / stepMillis) + 1);
      const steps = { start: start - group.queryOffsetMillis, stepMillis, count };
      const rows = await chunkRows(checked.text, prepared, source, steps, signal);
      run.onProgress((place + (start - from) / (to - from || 1)) / group.rules.length);
      for (let i = 0; i < count; i++) {
        await slices.next();
        signal.throwIfAborted();
        const timeMillis = start + i * stepMillis;
        const queryMillis = timeMillis - group.queryOffsetMillis;
        const evaluation = {
          source,
          recorded,
          recordings: new Map(),
          missingData: "hold" as const,
          externalLabels: {},
          externalUrl: "",
          timeMillis,
          queryMillis,
          sinceLastMillis: timeMillis === from ? 0 : stepMillis,
          limit: group.limit,
          experimental: group.experimental === true,
          signal,
        };
        recorded.prune(timeMillis);
        try {
          await rule.apply(
            rows?.at(queryMillis / 1_000) ?? rowsOf(await prepared.at(source, queryMillis, { signal })),
            evaluation,
          );
        } catch (error) {
          if (!isOfStep(error)) throw error;
          // As in the engine, a failed evaluation changes no state.
          warnOnceAMinute(`backtest: rule "${checked.name}" failed: ${errorMessage(error)}`, checked.name);
        }
        log.note(group.name, checked, rule.alerts.values());
      }
    }
    log.end(group.name, checked);
  }
}

// Times of a query, which each evaluation of a rule has of its own.
const TIMES = /\b(?:start|end|range|step)(?:\s|#.*\n)*\(/i;

// `undefined` if each step has to be evaluated by itself, since it may fail alone.
async function chunkRows(
  text: string,
  prepared: Prepared,
  source: SampleSource,
  steps: Steps,
  signal: AbortSignal,
): Promise<StepRows | undefined> {
  if (TIMES.test(text)) return undefined;
  try {
    const end = steps.start + (steps.count - 1) * steps.stepMillis;
    const result = await prepared.over(source, steps, end, { signal });
    return new StepRows(result.kind === "matrix" ? result.series : []);
  } catch (error) {
    if (isOfStep(error)) return undefined;
    throw error;
  }
}

// Other errors are those of the source, and of the signal.
function isOfStep(error: unknown): boolean {
  return !(error instanceof QueryError) || error.kind === "execution";
}

// Rules that read series of other rules are evaluated step by step, all groups in turn.
async function runAll(
  groups: readonly CheckedGroup[],
  source: SampleSource,
  run: Run,
  log: FiringLog,
): Promise<void> {
  const { from, to, intervalMillis, signal, onProgress } = run;
  const engine = new RuleEngine({ groups, source, intervalMillis, recorded: { keepsAll: true } });
  const due = new Map(groups.map((group) => [group, from]));
  for (;;) {
    const time = Math.min(...due.values());
    if (!(time <= to)) break;
    signal?.throwIfAborted();
    onProgress((time - from) / (to - from || 1));
    for (const [group, next] of due) {
      if (next !== time) continue;
      due.set(group, time + (group.intervalMillis ?? intervalMillis));
      await engine.evaluate(group, time);
      for (const { checked, alerts } of engine.alertingRules(group)) log.note(group.name, checked, alerts);
    }
  }
  for (const group of groups)
    for (const { checked } of engine.alertingRules(group)) log.end(group.name, checked);
  await engine.end();
}

/** Rows of a matrix at steps that ascend. */
class StepRows {
  readonly #rows: { readonly series: MatrixSeries; next: number }[];

  constructor(series: readonly MatrixSeries[]) {
    this.#rows = series.map((each) => ({ series: each, next: 0 }));
  }

  at(timeSeconds: number): readonly VectorSeries[] {
    const found: VectorSeries[] = [];
    for (const row of this.#rows) {
      const { labels, times, values, histograms } = row.series;
      if (times[row.next] !== timeSeconds) continue;
      found.push({
        labels,
        time: timeSeconds,
        value: histograms?.[row.next] ?? values[row.next] ?? Number.NaN,
      });
      row.next++;
    }
    return found;
  }
}

function checkedGroups(rules: readonly (string | RuleGroup)[]): readonly CheckedGroup[] {
  const checked = rules.map((rule, i) =>
    typeof rule === "string" ? readRuleFile(rule) : checkGroups(`rules[${i}]`, [rule]),
  );
  const problems = checked.flatMap((each) => each.problems);
  if (problems.length > 0) throw new RulesError(problems);
  return checked.flatMap(({ groups }) => groups);
}

// Whether no selector can match a series that a rule writes.
function isIndependent(rule: CheckedRule, written: ReadonlySet<string>): boolean {
  const texts =
    rule.kind === "alerting" ? [...Object.values(rule.labels), ...Object.values(rule.annotations)] : [];
  if (texts.some((text) => text.includes("query"))) return false;
  return selectorsOf(rule.expression).every((selector) => isOfConstant(selector, written));
}

function millis(name: string, time: Time): number {
  const found = unixMillisFrom(time);
  if (found !== undefined) return Math.round(found);
  throw new RangeError(
    `${name} must be a Date, an ISO 8601 string or Unix seconds, got ${show(time)}; mend it`,
  );
}

/** A time in which an alert fired. Times are seconds since the epoch. */
export interface Firing {
  /** Name of the group. */
  readonly group: string;
  /** Name of the alert. */
  readonly rule: string;
  /** Labels of the alert, `alertname` included. */
  readonly labels: Readonly<Record<string, string>>;
  /** Annotations when it began to fire. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Time at which the condition began to hold. */
  readonly activeAt: number;
  /** Time at which the alert began to fire. */
  readonly firedAt: number;
  /** Time at which it was resolved; `undefined` if it fired to the end. */
  readonly resolvedAt: number | undefined;
  /** The highest value while it was active; the lowest if the expression compares with `<` or `<=`. */
  readonly peak: number;
}

/** Collects firings. */
class FiringLog {
  readonly #firings: Firing[] = [];
  // By the state of the alert; a new time of an alert has a state of its own.
  readonly #open = new Map<ActiveAlert, number>();
  readonly #noted = new Map<ActiveAlert, { readonly group: string; readonly checked: CheckedAlertingRule }>();

  /** Notes the alerts of a rule after an evaluation. */
  note(group: string, checked: CheckedAlertingRule, alerts: Iterable<ActiveAlert>): void {
    const present = new Set(alerts);
    for (const alert of present) {
      if (alert.state === "inactive") {
        this.#close(alert);
        continue;
      }
      const known = this.#open.get(alert);
      this.#open.set(alert, known === undefined ? alert.value : further(checked, known, alert.value));
      this.#noted.set(alert, { group, checked });
    }
    // Pending alerts that were removed.
    for (const [alert, owner] of this.#noted)
      if (owner.checked === checked && !present.has(alert)) this.#close(alert);
  }

  /** Ends the alerts of a rule that still fire. */
  end(group: string, checked: CheckedAlertingRule): void {
    for (const [alert, owner] of this.#noted)
      if (owner.checked === checked && owner.group === group) this.#close(alert);
  }

  /** All firings, in the order of time. */
  firings(): readonly Firing[] {
    return this.#firings.toSorted((left, right) => left.firedAt - right.firedAt);
  }

  #close(alert: ActiveAlert): void {
    const owner = this.#noted.get(alert);
    const peak = this.#open.get(alert);
    this.#noted.delete(alert);
    this.#open.delete(alert);
    if (owner === undefined || peak === undefined || alert.firedAt === undefined) return;
    this.#firings.push({
      group: owner.group,
      rule: owner.checked.name,
      labels: alert.labels,
      annotations: alert.annotations,
      activeAt: alert.activeAt / 1_000,
      firedAt: alert.firedAt / 1_000,
      resolvedAt: alert.resolvedAt === undefined ? undefined : alert.resolvedAt / 1_000,
      peak,
    });
  }
}

function further({ expression }: CheckedAlertingRule, known: number, value: number): number {
  const operator = comparisonIn(expression)?.operator;
  const isBelow = operator === "<" || operator === "<=";
  if (Number.isNaN(known)) return value;
  if (Number.isNaN(value)) return known;
  return isBelow ? Math.min(known, value) : Math.max(known, value);
}
