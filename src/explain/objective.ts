// The budget of an objective.
import { numberText } from "../page/panels/value-text.ts";
import type { Application } from "./application.ts";
import type { CurrentAlert } from "./current-alerts.ts";

/** The rest of the error budget of the objective that an alert belongs to, and its burn rate; `undefined` for other alerts. */
export async function budgetOf(
  application: Application,
  { labels }: CurrentAlert,
  rule: string,
  end: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { objectiveIn } = await import("../alerts/parts.ts");
  const objective = objectiveIn(rule);
  if (objective === undefined) return undefined;
  const { ratio, budget, window } = objective;
  const ofJob = new Map(labels).get("job");
  const job = ofJob === undefined ? "" : `, job=${JSON.stringify(ofJob)}`;
  const series = `${ratio}{slo=${JSON.stringify(objective.name)}${job}}`;
  const valueOf = async (expression: string): Promise<number | undefined> => {
    const result = await application.query(expression, { time: end, signal });
    const value = result.kind === "vector" ? Number(result.series[0]?.value) : Number.NaN;
    return Number.isFinite(value) ? value : undefined;
  };
  const burn = await valueOf(`${series} / ${budget}`);
  if (burn === undefined) return undefined;
  const used = await valueOf(
    `sum_over_time(${series}[${window}]) / count_over_time(${series}[${window}]) / ${budget}`,
  );
  const rest = used === undefined ? "" : `, ${percent(1 - used)} of the budget of ${window} is left`;
  return `burns at ${numberText(burn)} times the allowed rate${rest}`;
}

function percent(share: number): string {
  return `${numberText(100 * Math.max(0, share))} %`;
}
