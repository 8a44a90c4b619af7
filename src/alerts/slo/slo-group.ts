import { formatDuration } from "../../query/syntax/number.ts";
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from "../rules/rule.ts";
import { type BurnRate, burnRatesOf, rounded } from "./burn-rates.ts";
import type { SloSettings } from "./slo.ts";

/** Returns the group of an objective: recorded error ratios, alerts on burn rates, and one on missing metrics. */
export function sloGroupOf(slo: SloSettings): RuleGroup {
  return { name: `slo-${slo.name}`, rules: [...sloRules(slo, "ErrorBudgetBurning"), absentRule(slo)] };
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
  const rate = (selector: string): string => `sum by (job) (rate(${withRange(selector, window)}))`;
  return {
    record: ratioName(window),
    expr: `1 - (${rate(good)} or 0 * ${rate(total)})
  / (${rate(total)} > 0)`,
    labels: { slo: name },
  };
}

// Without good events there is no series of them.
function errorsRule({ name, good, total }: SloSettings, window: string): RecordingRule {
  const increase = (selector: string): string => `sum by (job) (increase(${withRange(selector, window)}))`;
  return {
    record: errorsName(window),
    expr: `${increase(total)} - (${increase(good)} or 0 * ${increase(total)})`,
    labels: { slo: name },
  };
}

// The value is a time, which no template could calculate: the whole budget, divided by the rate at which it burns.
function burningRule(slo: SloSettings, rate: BurnRate, alert: string): AlertingRule {
  const { name, objective, windowSeconds, minimumErrors } = slo;
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
)`,
    for: rate.for,
    labels: { severity: rate.severity, long: rate.long, short: rate.short },
    annotations: {
      summary: `${percent(rate.budgetShare)} of the error budget of ${name} burnt in ${rate.long}`,
      description: `{{ with $labels.job }}{{ . }}: {{ end }}More than ${percent(rate.budgetShare)} of the error budget of ${window} was used in the last ${rate.long}. At this rate the whole budget is gone in {{ $value | humanizeDuration }}. Objective ${name} allows ${percent(budget)} errors. Look at what fails, and undo the last change.`,
    },
  };
}

function absentRule({ name, total }: SloSettings): AlertingRule {
  return {
    alert: "SloMetricMissing",
    expr: `absent(${total})`,
    for: "15m",
    labels: { severity: "warning", slo: name },
    annotations: {
      summary: `The metric of objective ${name} is missing`,
      description: `Nothing matches the selector of all events of ${name}, so that its alerts cannot fire. Look whether the metric was renamed, and whether there were events.`,
    },
  };
}

function ratioName(window: string): string {
  return `slo:error_ratio:rate${window}`;
}

function errorsName(window: string): string {
  return `slo:errors:increase${window}`;
}

function withRange(selector: string, window: string): string {
  return `${selector}[${window}]`;
}

function percent(share: number): string {
  return `${rounded(Number((share * 100).toPrecision(3)))} %`;
}
