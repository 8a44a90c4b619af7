// Multi-window multi-burn-rate alerts, after chapter 5 of Google's Site Reliability Workbook.
import { formatDuration } from "../../query/syntax/number.ts";
import type { Severity } from "../monitors/monitor.ts";
import type { SloSettings } from "./slo.ts";

/** One alert of an objective: budget burns at `factor` times the rate that uses it up in the window. */
export interface BurnRate {
  readonly long: string;
  readonly short: string;
  readonly for: string;
  readonly severity: Severity;
  readonly factor: number;
  /** Share of the whole budget that burns in the long window at that rate. */
  readonly budgetShare: number;
}

// Shares of the budget that are worth an alert, if they burn within the long window. For 30 days the factors are 14.4, 6,
// 3 and 1. Alerts resolve soon after the errors end, thanks to the short window.
const TIERS = [
  { budgetShare: 0.02, longSeconds: 3_600, shortSeconds: 300, for: "2m", severity: "critical" },
  { budgetShare: 0.05, longSeconds: 21_600, shortSeconds: 1_800, for: "15m", severity: "critical" },
  { budgetShare: 0.1, longSeconds: 86_400, shortSeconds: 7_200, for: "1h", severity: "warning" },
  { budgetShare: 0.1, longSeconds: 259_200, shortSeconds: 21_600, for: "3h", severity: "warning" },
] as const;

// An outage must reach the threshold, even if the objective allows many errors.
const MAX_ERROR_RATIO = 0.9;

/** The alerts of an objective, the fastest first. Those that need more than the objective's window are left out. */
export function burnRatesOf({ objective, windowSeconds }: SloSettings): readonly BurnRate[] {
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
