// Command usage: executions, failures and durations.
import type { Attributes } from "@opentelemetry/api";
import type { AnswerSeries, HistorySource, HistoryStore, Question } from "../../history/parts.ts";
import type { CommandUsage } from "./document.ts";
import type { Span } from "./span.ts";

const PARTS = 30;
// Metrics and attributes of executed commands.
const EXECUTED = "commands.executed";
const DURATION = "command.duration";
const COMMAND = "command.name";
const OUTCOME = "outcome";

/** Usage of each executed command, in descending order of executions. */
export async function commandUsage(history: HistorySource, span: Span): Promise<readonly CommandUsage[]> {
  const { executions: counts, meanSeconds } = await commandFigures(history, span);
  const quantiles = await longest(history, span);
  const trend = await trends(history, span);
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
        course: trend.get(keyFrom(command)) ?? [],
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

async function trends(
  history: HistorySource,
  { from, to }: Span,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const step = Math.ceil((to - from) / PARTS);
  const question = { metric: EXECUTED, by: [COMMAND], aggregate: "INCREASE", from, to, step } as const;
  const { series } = await history.query(question);
  return new Map(
    series.map((each) => {
      const trend = Array.from({ length: Math.floor((to - from) / step) }, () => 0);
      for (const [time, value] of each.points)
        trend[Math.round((time - from) / step) - 1] = Math.round(value);
      return [keyOf(each), trend];
    }),
  );
}

function commandOf(key: string): string {
  const [command]: [string] = JSON.parse(key);
  return command;
}

// Figures of commands, with keys from `keyFrom`.
interface CommandFigures {
  readonly executions: ReadonlyMap<string, number>;
  readonly meanSeconds: ReadonlyMap<string, number>;
}

// Key of a command, or of its executions with one outcome.
function keyFrom(command: string, outcome = ""): string {
  return JSON.stringify([command, outcome]);
}

// Key of the command and the outcome in the attributes.
function keyOf({ attributes }: { readonly attributes?: Attributes }): string {
  return keyFrom(String(attributes?.[COMMAND] ?? ""), String(attributes?.[OUTCOME] ?? ""));
}

// Exact totals if the history supports them, else estimates from the increase of counters.
async function commandFigures(history: HistorySource, span: Span): Promise<CommandFigures> {
  const { hasStore, storeOf } = await import("../../history/parts.ts");
  return hasStore(history) ? exactFigures(storeOf(history), span) : risenFigures(history, span);
}

// Totals include the counts before the first collection of a process, which an increase between points misses. Short
// processes have no other counts.
async function exactFigures(store: Pick<HistoryStore, "totals">, span: Span): Promise<CommandFigures> {
  const range = { from: Math.round(span.from * 1_000), to: Math.round(span.to * 1_000) };
  const executed = await store.totals({ names: [EXECUTED], ...range, by: [COMMAND, OUTCOME] });
  const durations = await store.totals({ names: [DURATION], ...range, by: [COMMAND] });
  return {
    executions: new Map(executed.map((each) => [keyOf(each), each.sum])),
    meanSeconds: new Map(durations.map((each) => [keyOf(each), each.sum / each.count])),
  };
}

async function risenFigures(history: HistorySource, { from, to }: Span): Promise<CommandFigures> {
  const valuesOf = async (question: Question): Promise<ReadonlyMap<string, number>> => {
    const { series } = await history.query(question);
    return new Map(series.map((each: AnswerSeries) => [keyOf(each), each.points.at(-1)?.[1] ?? 0]));
  };
  const executed = { metric: EXECUTED, by: [COMMAND, OUTCOME] };
  const rises = await valuesOf({ ...executed, from, to, aggregate: "INCREASE" });
  const latest = await valuesOf({ ...executed, from, to, aggregate: "LAST" });
  const former = await valuesOf({ ...executed, from: from - (to - from), to: from, aggregate: "LAST" });
  // A counter that began in the range increased by its whole value.
  const counts = [...latest].map(([key, last]): [string, number] => {
    const rise = rises.get(key) ?? 0;
    return [key, Math.round(former.has(key) ? rise : Math.max(rise, last))];
  });
  return {
    executions: new Map(counts),
    meanSeconds: await valuesOf({ metric: DURATION, by: [COMMAND], from, to, aggregate: "MEAN" }),
  };
}
