// The rest of the budgets of objectives.
import type { QueryResult } from "../../query/index.ts";
import { objectiveIn, shortestRatio } from "./slo-group.ts";

/** The rest of a budget. */
export interface BudgetLeft {
  /** Name of its objective. */
  readonly name: string;
  /** Share from 0 to 1; `undefined` without data. The least of several jobs. */
  readonly left: number | undefined;
  /** Time of the budget: `30d`. */
  readonly window: string;
}

/** A budget, with the part of it that is used. */
export interface UsedBudget extends Pick<BudgetLeft, "name" | "window"> {
  /** The share that is used, by job, in PromQL. */
  readonly used: string;
}

/** The rest of the budget of each objective that has one of these rules, in their order. @param evaluate an expression. */
export async function budgetsLeft(
  rules: readonly { readonly query: string }[],
  evaluate: (expression: string) => Promise<QueryResult>,
): Promise<readonly BudgetLeft[]> {
  const budgets = new Map<string, UsedBudget>();
  for (const rule of rules) {
    const budget = budgetOfObjective(rule.query) ?? ofSpending(rule.query);
    if (budget !== undefined && !budgets.has(budget.name)) budgets.set(budget.name, budget);
  }
  const found: BudgetLeft[] = [];
  for (const { name, window, used } of budgets.values()) {
    const result = await evaluate(used);
    const values = result.kind === "vector" ? result.series.map(({ value }) => Number(value)) : [];
    const most = Math.max(...values.filter((value) => !Number.isNaN(value)));
    found.push({ name, window, left: most === -Infinity ? undefined : Math.min(1, Math.max(0, 1 - most)) });
  }
  return found;
}

/** The budget of the objective that has a rule. Times without data use nothing of it. */
export function budgetOfObjective(rule: string): UsedBudget | undefined {
  const objective = objectiveIn(rule);
  if (objective === undefined) return undefined;
  const { name, budget, window, windowSeconds } = objective;
  // The ratios of all minutes add up to the errors of the whole window.
  const ratio = `${shortestRatio}{slo=${JSON.stringify(name)}}`;
  const sum = `sum_over_time(${ratio}[${window}:1m])`;
  return { name, window, used: `(${sum} or 0 * ${ratio}) * ${60 / windowSeconds / budget}` };
}

function ofSpending(rule: string): UsedBudget | undefined {
  const [, sum, window = "", name, budget] =
    /^(slo:spent:increase(\w+)\{slo=("(?:[^"\\]|\\.)*")\}) > ([\d.e+-]+)$/.exec(rule) ?? [];
  if (sum === undefined || name === undefined) return undefined;
  return { name: String(JSON.parse(name)), window, used: `${sum} / ${budget}` };
}
