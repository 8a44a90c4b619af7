// The functions that blocked the event loop.
import type { Attributes } from "@opentelemetry/api";
import type { HistorySource } from "../../history/parts.ts";
import type { BlockingFunction } from "./document.ts";
import type { Span } from "./span.ts";

const METRIC = "nodejs.eventloop.blocked.duration";
const BY = ["code.function.name", "code.file.path", "code.line.number"];
const MAX_FUNCTIONS = 10;

/** The functions with the most time, in descending order; at most 10. Those of all processes are added up. */
export async function blockingFunctions(
  history: HistorySource,
  span: Span,
): Promise<readonly BlockingFunction[]> {
  const seconds = await secondsOf(history, span);
  const blocked = seconds.filter(([, each]) => each > 0).toSorted(([, one], [, other]) => other - one);
  const total = blocked.reduce((sum, [, each]) => sum + each, 0);
  return blocked.slice(0, MAX_FUNCTIONS).map(([attributes, each]) => {
    // A server has an empty label for a missing one.
    const [name = "", file = "", line = ""] = BY.map((key) => String(attributes[key] ?? ""));
    const place = file === "" ? { file: null, line: null } : { file, line: Number(line) };
    return { function: name, ...place, seconds: each, share: each / total };
  });
}

// A block is rare: its counter often begins in the range. The totals of a store have its first value.
async function secondsOf(
  history: HistorySource,
  { from, to }: Span,
): Promise<readonly (readonly [attributes: Attributes, seconds: number])[]> {
  const { hasStore, storeOf } = await import("../../history/parts.ts");
  if (hasStore(history)) {
    const range = { from: Math.round(from * 1_000), to: Math.round(to * 1_000) };
    const totals = await storeOf(history).totals({ names: [METRIC], ...range, by: BY });
    return totals.map(({ attributes = {}, sum }) => [attributes, sum]);
  }
  const { series } = await history.query({ metric: METRIC, by: BY, aggregate: "INCREASE", from, to });
  return series.map(({ attributes, points }) => [attributes, points.at(-1)?.[1] ?? 0]);
}
