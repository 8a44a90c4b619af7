// How commands were used.
import type { AnswerSeries, HistorySource, Question } from "../../history/index.ts";
import type { CommandUsage } from "./document.ts";
import type { Span } from "./span.ts";

const EXECUTED = "commands.executed";
const DURATION = "command.duration";
const COMMAND = "command.name";
const OUTCOME = "outcome";
const PARTS = 30;

/** The commands that were executed, the most used first. */
export async function commandUsage(history: HistorySource, span: Span): Promise<readonly CommandUsage[]> {
  const { from, to } = span;
  const valuesOf = async (question: Question): Promise<ReadonlyMap<string, number>> => {
    const { series } = await history.query(question);
    return new Map(series.map((each) => [keyOf(each), each.points.at(-1)?.[1] ?? 0]));
  };
  const executed = { metric: EXECUTED, by: [COMMAND, OUTCOME] };
  const duration = { metric: DURATION, by: [COMMAND], from, to };
  const rises = await valuesOf({ ...executed, from, to, aggregate: "INCREASE" });
  const latest = await valuesOf({ ...executed, from, to, aggregate: "LAST" });
  const former = await valuesOf({ ...executed, from: from - (to - from), to: from, aggregate: "LAST" });
  const means = await valuesOf({ ...duration, aggregate: "MEAN" });
  const quantiles = await valuesOf({ ...duration, aggregate: "QUANTILE", quantile: 0.95 });
  const course = await courses(history, span);
  // A counter that began in the range rose by all that it tells; a rise is seen between two points alone.
  const countOf = (key: string): number => {
    const rise = rises.get(key) ?? 0;
    return Math.round(former.has(key) ? rise : Math.max(rise, latest.get(key) ?? 0));
  };
  const commands = [...new Set([...latest.keys()].map(commandOf))];
  return commands
    .map((command) => {
      const failures = countOf(keyFrom(command, "failure"));
      const executions = failures + countOf(keyFrom(command, "success"));
      return {
        command,
        executions,
        failures,
        successRate: executions === 0 ? 1 : 1 - failures / executions,
        meanSeconds: means.get(keyFrom(command)) ?? null,
        p95Seconds: quantiles.get(keyFrom(command)) ?? null,
        course: course.get(keyFrom(command)) ?? [],
      };
    })
    .filter(({ executions }) => executions > 0)
    .toSorted((one, other) => other.executions - one.executions);
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

function keyOf({ attributes }: AnswerSeries): string {
  return keyFrom(String(attributes[COMMAND] ?? ""), String(attributes[OUTCOME] ?? ""));
}

function keyFrom(command: string, outcome = ""): string {
  return JSON.stringify([command, outcome]);
}

function commandOf(key: string): string {
  const [command]: [string] = JSON.parse(key);
  return command;
}
