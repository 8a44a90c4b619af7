// How often commands were executed, and how long they took.
import type { Attributes } from "@opentelemetry/api";
import type { AnswerSeries, HistorySource, Question, TotalsSource } from "../../history/index.ts";
import type { Span } from "./document.ts";

/** The metric of executions, and its attributes. */
export const EXECUTED = "commands.executed";
/** The metric of how long they took. */
export const DURATION = "command.duration";
/** The attribute with a command's name. */
export const COMMAND = "command.name";
const OUTCOME = "outcome";

/** Figures by {@link keyFrom}. */
export interface CommandFigures {
  readonly executions: ReadonlyMap<string, number>;
  readonly meanSeconds: ReadonlyMap<string, number>;
}

/** The key of a command, or of its executions with one outcome. */
export function keyFrom(command: string, outcome = ""): string {
  return JSON.stringify([command, outcome]);
}

/** The key of what these attributes tell of. */
export function keyOf({ attributes }: { readonly attributes?: Attributes }): string {
  return keyFrom(String(attributes?.[COMMAND] ?? ""), String(attributes?.[OUTCOME] ?? ""));
}

/** The figures of a range: all that was counted where the history can tell, else what its rises come to. */
export function commandFigures(history: HistorySource, span: Span): Promise<CommandFigures> {
  return hasTotals(history) ? exactFigures(history, span) : risenFigures(history, span);
}

/** Whether it can tell all that was counted. */
export function hasTotals(history: HistorySource): history is HistorySource & TotalsSource {
  return "totals" in history;
}

// What is counted before a process' first collection is no rise between two of them, and all that a short one counts.
async function exactFigures(history: TotalsSource, span: Span): Promise<CommandFigures> {
  const range = { from: Math.round(span.from * 1_000), to: Math.round(span.to * 1_000) };
  const executed = await history.totals({ names: [EXECUTED], ...range, by: [COMMAND, OUTCOME] });
  const durations = await history.totals({ names: [DURATION], ...range, by: [COMMAND] });
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
  // A counter that began in the range rose by all that it tells.
  const counts = [...latest].map(([key, last]): [string, number] => {
    const rise = rises.get(key) ?? 0;
    return [key, Math.round(former.has(key) ? rise : Math.max(rise, last))];
  });
  return {
    executions: new Map(counts),
    meanSeconds: await valuesOf({ metric: DURATION, by: [COMMAND], from, to, aggregate: "MEAN" }),
  };
}
