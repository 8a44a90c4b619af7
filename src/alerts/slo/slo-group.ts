import { formatDuration } from "../../query/syntax/number.ts";
import { multiple } from "../monitors/kinds.ts";
import { counted } from "../monitors/ratios.ts";
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from "../rules/rule.ts";
import type { SloSettings } from "./slo.ts";
import type { Severity } from "../monitors/monitor.ts";

/** Returns the group of an objective: recorded error ratios, alerts on burn rates, and one on missing metrics. */
export function sloGroupOf(slo: SloSettings): RuleGroup {
  return {
    name: `slo-${slo.name}`,
    rules: [
      ...sloRules(slo, "ErrorBudgetBurning"),
      absentRule(slo.name, slo.total, "whether the metric was renamed, and whether there were events"),
    ],
  };
}

/** Returns the rules of an objective, without the one on missing metrics. `alert` is the name of its alerts. */
export function sloRules(slo: SloSettings, alert: string): readonly Rule[] {
  const recorded = new Set<string>();
  return burnRatesOf(slo).flatMap((rate) => {
    const windows = [rate.short, rate.long].filter((window) => !recorded.has(window));
    for (const window of windows) recorded.add(window);
    return [
      ...windows.map((window) => ratioRule(slo, window)),
      errorsRule(slo, rate.long),
      burningRule(slo, rate, alert),
    ];
  });
}

// An objective is promised for the service, not for each of its processes: by job.
function ratioRule({ name, good, total }: SloSettings, window: string): RecordingRule {
  return {
    record: ratioName(window),
    expr: `1 - (${sum(good, window)} or 0 * ${sum(total, window)})
  / (${sum(total, window)} > 0)`,
    labels: { slo: name },
  };
}

// Without good events there is no series of them.
function errorsRule({ name, good, total }: SloSettings, window: string): RecordingRule {
  return {
    record: errorsName(window),
    expr: `${sum(total, window)} - (${sum(good, window)} or 0 * ${sum(total, window)})`,
    labels: { slo: name },
  };
}

function sum(selector: string, window: string): string {
  return `sum by (job) (${counted(selector, window)})`;
}

// The value is a time, which no template could calculate: the whole budget, divided by the rate at which it burns.
function burningRule(slo: SloSettings, rate: BurnRate, alert: string): AlertingRule {
  const { name, objective, total, windowSeconds, minimumErrors } = slo;
  const budget = rounded(1 - objective);
  const matcher = `{slo=${JSON.stringify(name)}}`;
  const above = `${matcher} > ${rate.factor} * ${budget}`;
  const window = formatDuration(windowSeconds * 1_000);
  return {
    alert,
    expr: `${windowSeconds} * ${budget} / (
  ${ratioName(rate.long)}${above}
    and ${ratioName(rate.short)}${above}
    and ${errorsName(rate.long)}${matcher} >= ${minimumErrors}
    and on (job) ${ratioName(rate.long)}${matcher} * on (job) ${covered(total, rate.long)} > ${rate.factor} * ${budget}
)`,
    for: rate.for,
    labels: { severity: rate.severity, long: rate.long, short: rate.short },
    annotations: {
      summary: `${percent(rate.budgetShare)} of the error budget of ${name} burnt in ${rate.long}`,
      description: `{{ with $labels.job }}{{ . }}: {{ end }}More than ${percent(rate.budgetShare)} of the error budget of ${window} was used in the last ${rate.long}. At this rate the whole budget is gone in {{ $value | humanizeDuration }}. Objective ${name} allows ${percent(budget)} errors. Look at what fails, and undo the last change.`,
    },
  };
}

/** An objective, as the rule of its alert has it. */
export interface BurningObjective {
  readonly name: string;
  /** The metric of the error ratio in the longer window. */
  readonly ratio: string;
  /** Allowed share of errors. */
  readonly budget: number;
  /** The window of the budget: `30d`. */
  readonly window: string;
  readonly windowSeconds: number;
}

/** The objective of an alert on its burn rate; `undefined` for other rules. */
export function objectiveIn(rule: string): BurningObjective | undefined {
  const [, seconds, budget, ratio, name] =
    /^([\d.]+) \* ([\d.e-]+) \/ \(\s*(slo:error_ratio:rate\w+)\{slo=("(?:[^"\\]|\\.)*")\} >/.exec(rule) ?? [];
  if (seconds === undefined || ratio === undefined || name === undefined) return undefined;
  const window = formatDuration(Number(seconds) * 1_000);
  const windowSeconds = Number(seconds);
  return { name: String(JSON.parse(name)), ratio, budget: Number(budget), window, windowSeconds };
}

const STEPS = 60;

// The share of a window with data. In the rest of it no budget was used: that of `window` is for all of it.
function covered(total: string, window: string): string {
  return `count_over_time(group by (job) (${total})[${window}:${multiple(window, 1 / STEPS)}]) / ${STEPS}`;
}

/** The alert on a metric that is missing for a day: the first event of a process may come late. */
export function absentRule(name: string, selector: string, causes: string): AlertingRule {
  return {
    alert: "SloMetricMissing",
    expr: `absent_over_time(${selector}[1d])
  and on () (process_uptime_seconds >= 86400 or process_uptime_seconds offset 1d)`,
    labels: { severity: "warning", slo: name },
    annotations: {
      summary: `The metric of objective ${name} is missing`,
      description: `For a day nothing has matched the selector of ${name}, so that its alerts cannot fire. Look ${causes}.`,
    },
  };
}

function ratioName(window: string): string {
  return `slo:error_ratio:rate${window}`;
}

function errorsName(window: string): string {
  return `slo:errors:increase${window}`;
}

function percent(share: number): string {
  return `${rounded(Number((share * 100).toPrecision(3)))} %`;
}

/** One alert of an objective: budget burns at `factor` times the rate that uses it up in the window. */
interface BurnRate {
  readonly long: string;
  readonly short: string;
  readonly for: string;
  readonly severity: Severity;
  readonly factor: number;
  /** Share of the whole budget that burns in the long window at that rate. */
  readonly budgetShare: number;
}

// Seconds of the shortest window of an error ratio, which each objective has.
const SHORTEST = 300;
/** The metric of the error ratio in the shortest window, of 5 minutes. Each objective has it. */
export const shortestRatio: string = ratioName(formatDuration(SHORTEST * 1_000));

// Shares of the budget that are worth an alert, if they burn within the long window. For 30 days the factors are 14.4, 6,
// 3 and 1. Alerts resolve soon after the errors end, thanks to the short window.
const TIERS = [
  { budgetShare: 0.02, longSeconds: 3_600, shortSeconds: SHORTEST, for: "2m", severity: "critical" },
  { budgetShare: 0.05, longSeconds: 21_600, shortSeconds: 1_800, for: "15m", severity: "critical" },
  { budgetShare: 0.1, longSeconds: 86_400, shortSeconds: 7_200, for: "1h", severity: "warning" },
  { budgetShare: 0.1, longSeconds: 259_200, shortSeconds: 21_600, for: "3h", severity: "warning" },
] as const;

// An outage must reach the threshold, even if the objective allows many errors.
const MAX_ERROR_RATIO = 0.9;

/** The alerts of an objective, the fastest first. Those that need more than the objective's window are left out. */
function burnRatesOf({ objective, windowSeconds }: SloSettings): readonly BurnRate[] {
  return TIERS.filter(({ longSeconds }) => longSeconds < windowSeconds).map((tier) => {
    const wanted = (tier.budgetShare * windowSeconds) / tier.longSeconds;
    const factor = rounded(Math.min(Math.max(wanted, 1), MAX_ERROR_RATIO / (1 - objective)));
    return {
      long: formatDuration(tier.longSeconds * 1_000),
      short: formatDuration(tier.shortSeconds * 1_000),
      for: tier.for,
      severity: tier.severity,
      factor,
      budgetShare: (factor * tier.longSeconds) / windowSeconds,
    };
  });
}

/** Rounds to 10 digits, so that `1 - 0.999` is `0.001`. */
export function rounded(value: number): number {
  return Number(value.toPrecision(10));
}
