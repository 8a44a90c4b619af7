// Counts of failures of each kind. A rate needs two samples, so charts miss failures in the first sample of a series.
import type { HistorySource } from "../../history/index.ts";
import type { CommandUsage, FailureCount } from "./document.ts";
import type { Span } from "./span.ts";

/** A histogram of operations, with the attribute that marks failures. */
interface Operations {
  /** The panel of the shares. */
  readonly chart: string;
  readonly title: string;
  readonly metric: string;
  readonly attribute: string;
  readonly failed: RegExp;
}

const OPERATIONS: readonly Operations[] = [
  {
    chart: "http-errors",
    title: "Errors of requests served",
    metric: "http.server.request.duration",
    attribute: "http.response.status_code",
    failed: /^5\d\d$/,
  },
  {
    chart: "messages-errors",
    title: "Errors of messages",
    metric: "message.processing.duration",
    attribute: "error.type",
    failed: /./,
  },
  {
    chart: "databases-errors",
    title: "Errors of database operations",
    metric: "db.client.operation.duration",
    attribute: "error.type",
    failed: /./,
  },
  {
    chart: "models-errors",
    title: "Errors of calls to models",
    metric: "gen_ai.client.inference.duration",
    attribute: "error.type",
    failed: /./,
  },
];

/** Failures of each kind of which at least one failed; of commands, the one with the highest share. */
export async function failureCounts(
  history: HistorySource,
  span: Span,
  commands: readonly CommandUsage[],
): Promise<readonly FailureCount[]> {
  const counts: FailureCount[] = [];
  for (const { chart, title, metric, attribute, failed } of OPERATIONS) {
    let [failures, total] = [0, 0];
    for (const [value, count] of await countsBy(history, metric, attribute, span)) {
      total += count;
      if (failed.test(value)) failures += count;
    }
    counts.push({ chart, title, of: "", failures, total });
  }
  const [worst] = commands.toSorted((one, other) => one.successRate - other.successRate);
  if (worst !== undefined) {
    const { command, failures, executions } = worst;
    counts.push({
      chart: "commands-errors",
      title: "Errors of commands",
      of: command,
      failures,
      total: executions,
    });
  }
  return counts.filter(({ failures }) => failures > 0);
}

// Counts by the value of an attribute: exact ones, or the rounded increase.
async function countsBy(
  history: HistorySource,
  metric: string,
  attribute: string,
  { from, to }: Span,
): Promise<readonly (readonly [value: string, count: number])[]> {
  const { hasStore, storeOf } = await import("../../history/parts.ts");
  if (hasStore(history)) {
    const range = { from: Math.round(from * 1_000), to: Math.round(to * 1_000) };
    const totals = await storeOf(history).totals({ names: [metric], ...range, by: [attribute] });
    return totals.map(({ attributes, count }) => [String(attributes?.[attribute] ?? ""), count]);
  }
  const { series } = await history.query({ metric, by: [attribute], aggregate: "COUNT", from, to });
  return series.map(({ attributes, points }) => [
    String(attributes[attribute] ?? ""),
    Math.round(points.at(-1)?.[1] ?? 0),
  ]);
}
