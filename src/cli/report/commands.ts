// How commands were used.
import type { HistorySource } from "../../history/index.ts";
import { COMMAND, commandFigures, DURATION, EXECUTED, keyFrom, keyOf } from "./command-figures.ts";
import type { CommandUsage, Span } from "./document.ts";

const PARTS = 30;

/** The commands that were executed, the most used first. */
export async function commandUsage(history: HistorySource, span: Span): Promise<readonly CommandUsage[]> {
  const { executions: counts, meanSeconds } = await commandFigures(history, span);
  const quantiles = await longest(history, span);
  const course = await courses(history, span);
  const commands = [...new Set([...counts.keys()].map(commandOf))];
  return commands
    .map((command) => {
      const failures = counts.get(keyFrom(command, "failure")) ?? 0;
      const executions = failures + (counts.get(keyFrom(command, "success")) ?? 0);
      return {
        command,
        executions,
        failures,
        successRate: executions === 0 ? 1 : 1 - failures / executions,
        meanSeconds: meanSeconds.get(keyFrom(command)) ?? null,
        p95Seconds: quantiles.get(keyFrom(command)) ?? null,
        course: course.get(keyFrom(command)) ?? [],
      };
    })
    .filter(({ executions }) => executions > 0)
    .toSorted((one, other) => other.executions - one.executions);
}

async function longest(history: HistorySource, { from, to }: Span): Promise<ReadonlyMap<string, number>> {
  const question = {
    metric: DURATION,
    by: [COMMAND],
    aggregate: "QUANTILE",
    quantile: 0.95,
    from,
    to,
  } as const;
  const { series } = await history.query(question);
  return new Map(series.flatMap((each) => each.points.map(([, value]) => [keyOf(each), value])));
}

async function courses(
  history: HistorySource,
  { from, to }: Span,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const step = Math.ceil((to - from) / PARTS);
  const question = { metric: EXECUTED, by: [COMMAND], aggregate: "INCREASE", from, to, step } as const;
  const { series } = await history.query(question);
  return new Map(
    series.map((each) => {
      const course = Array.from({ length: Math.floor((to - from) / step) }, () => 0);
      for (const [time, value] of each.points)
        course[Math.round((time - from) / step) - 1] = Math.round(value);
      return [keyOf(each), course];
    }),
  );
}

function commandOf(key: string): string {
  const [command]: [string] = JSON.parse(key);
  return command;
}
