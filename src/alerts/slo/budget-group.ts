import { formatDuration } from "../../query/syntax/number.ts";
import { counted } from "../monitors/ratios.ts";
import type { AlertingRule, RecordingRule, RuleGroup } from "../rules/rule.ts";
import type { BudgetSettings } from "./slo.ts";
import { absentRule, rounded } from "./slo-group.ts";
import type { Severity } from "../monitors/monitor.ts";

/**
 * Returns the group of a budget: recorded sums, alerts on its burn rate, its forecast and its end, and one on a missing
 * metric.
 */
export function budgetGroupOf(settings: BudgetSettings): RuleGroup {
  return {
    name: `slo-${settings.name}`,
    rules: [
      sumRule(settings, 1),
      spentRule(settings),
      ...(hasWholeWeeks(settings) ? [forecastRule(settings)] : []),
      sumRule(settings, FAST.short),
      sumRule(settings, FAST.long),
      burningRule(settings, FAST),
      sumRule(settings, SLOW.long),
      burningRule(settings, SLOW),
      absentRule(settings.name, settings.spent, CAUSES),
    ],
  };
}

/** An alert on a burn rate: the share of the budget that is spent in a part of its window. */
interface Tier {
  readonly share: number;
  /** Parts of the window. The alert resolves soon after the end of the fault, thanks to the short one. */
  readonly long: number;
  readonly short: number;
  readonly for: string;
  readonly severity: Severity;
}

// At 7.2 and 3.2 times the rate that uses up all of it.
const FAST: Tier = { share: 0.15, long: 1 / 48, short: 1 / 288, for: "2m", severity: "critical" };
const SLOW: Tier = { share: 0.4, long: 1 / 8, short: FAST.long, for: "15m", severity: "warning" };
const HORIZON = 1 / 4;
const CAUSES =
  "whether the metric was renamed, whether there were calls, and, for a cost, whether their models have a price";

// A budget is that of the service, not of each of its processes: by job.
function sumRule(settings: BudgetSettings, part: number): RecordingRule {
  const window = windowOf(settings, part);
  return {
    record: `slo:spent:increase${window}`,
    expr: `sum by (job) (${counted(settings.spent, window)})`,
    labels: { slo: settings.name },
  };
}

function spentRule(settings: BudgetSettings): AlertingRule {
  const { name, budget } = settings;
  return {
    alert: "BudgetSpent",
    expr: `${sumOf(settings, 1)} > ${budget}`,
    labels: { severity: "critical" },
    annotations: {
      summary: `The budget of ${name} is spent`,
      description: `${OF_JOB}{{ $value | humanize }} of ${budget} was spent in the last ${windowOf(settings, 1)}. Look what spends it, and limit that.`,
    },
  };
}

// The value is a time, which no template could calculate: what is left, divided by the rate at which the sum over the window
// rises. The cost of a batch of a window before leaves the sum meanwhile. If the sum before is unknown, nothing leaves it.
function burningRule(settings: BudgetSettings, tier: Tier): AlertingRule {
  const { share, long, short, severity } = tier;
  const { name, budget, windowSeconds } = settings;
  const window = windowOf(settings, long);
  const least = rounded(share * budget);
  const [sum, recent] = [sumOf(settings, 1), sumOf(settings, long)];
  const longSeconds = rounded(long * windowSeconds);
  return {
    alert: "BudgetBurning",
    expr: `${longSeconds} * clamp_min(${budget} - ${sum}, 0) / (
  ${sum} - (${sum} offset ${window} or ${sum} - ${recent}) > 0
    and ${recent} > ${least}
    and ${sumOf(settings, short)} > ${rounded((share * budget * short) / long)}
) < ${2 * longSeconds}`,
    for: tier.for,
    labels: { severity, long: window, short: windowOf(settings, short) },
    annotations: {
      summary: `${rounded(100 * share)} % of the budget of ${name} spent in ${window}`,
      description: `${OF_JOB}More than ${least} of ${budget} was spent in the last ${window}. At this rate the rest of the budget of ${windowOf(settings, 1)} is gone in {{ $value | humanizeDuration }}. Look what spends it, such as a loop or a larger input.`,
    },
  };
}

// The sum over whole weeks has neither a daily nor a weekly course, so a line through it is a forecast. In the first window
// it only rises. The application may be away for a weekend.
function forecastRule(settings: BudgetSettings): AlertingRule {
  const { name, budget, spent, windowSeconds } = settings;
  const horizon = windowOf(settings, HORIZON);
  const window = windowOf(settings, 1);
  const full = windowOf(settings, 1 + HORIZON);
  return {
    alert: "BudgetForecast",
    expr: `predict_linear(${sumOf(settings, 1)}[${horizon}], ${rounded(HORIZON * windowSeconds)}) > ${budget}
  and ${sumOf(settings, 1)} <= ${budget}
  and on (job) group by (job) (last_over_time(${spent}[${windowOf(settings, 1 / 2)}] offset ${full}))`,
    for: "15m",
    labels: { severity: "warning" },
    annotations: {
      summary: `The budget of ${name} will be spent within ${horizon}`,
      description: `${OF_JOB}{{ $value | humanize }} of ${budget} will be spent in ${window} if it goes on as in the last ${horizon}. Look what has grown, or raise the budget.`,
    },
  };
}

const WEEK_SECONDS = 604_800;

// The part of a week hardly matters in a window of a month.
function hasWholeWeeks({ windowSeconds }: BudgetSettings): boolean {
  return windowSeconds % WEEK_SECONDS === 0 || windowSeconds > 4 * WEEK_SECONDS;
}

const OF_JOB = "{{ with $labels.job }}{{ . }}: {{ end }}";

function sumOf(settings: BudgetSettings, part: number): string {
  return `slo:spent:increase${windowOf(settings, part)}{slo=${JSON.stringify(settings.name)}}`;
}

function windowOf({ windowSeconds }: BudgetSettings, part: number): string {
  return formatDuration(windowSeconds * part * 1_000);
}
