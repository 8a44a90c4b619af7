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
  const { objectiveIn, budgetOfObjective } = await import("../alerts/parts.ts");
  const [objective, whole] = [objectiveIn(rule), budgetOfObjective(rule)];
  if (objective === undefined || whole === undefined) return undefined;
  const job = new Map(labels).get("job");
  const valueOf = async (expression: string): Promise<number | undefined> => {
    const result = await application.query(expression, { time: end, signal });
    const series = result.kind === "vector" ? result.series : [];
    const own = job === undefined ? series[0] : series.find((each) => each.labels["job"] === job);
    const value = Number(own?.value);
    return Number.isFinite(value) ? value : undefined;
  };
  const burn = await valueOf(
    `${objective.ratio}{slo=${JSON.stringify(objective.name)}} / ${objective.budget}`,
  );
  if (burn === undefined) return undefined;
  const used = await valueOf(whole.used);
  const rest = used === undefined ? "" : `, ${percent(1 - used)} of the budget of ${whole.window} is left`;
  return `burns at ${numberText(burn)} times the allowed rate${rest}`;
}

function percent(share: number): string {
  return `${numberText(100 * Math.max(0, share))} %`;
}
