// Expressions in PromQL on the command line: arguments and evaluation.
import type { History, RemoteHistory } from "../../history/index.ts";
import type { QueryResult } from "../../query/index.ts";
import { durationFrom, timeFrom, UsageError, type WordArguments } from "../arguments.ts";

/** Formats of results. */
export const FORMATS = ["table", "json", "csv", "prometheus"] as const;

/** A format of results. */
export type Format = (typeof FORMATS)[number];

/** An expression with its times, in seconds since the epoch. */
export type AskedExpression = {
  readonly text: string;
  readonly format: Format;
  readonly experimental?: boolean;
} & (
  | { readonly kind: "instant"; readonly time: number }
  | { readonly kind: "range"; readonly from: number; readonly to: number; readonly step: number }
);

const DEFAULT_RANGE_SECONDS = 3_600;
// Steps of a graph if `--step` is missing.
const DEFAULT_STEPS = 60;
// Options of a question about one metric.
const OF_A_METRIC = ["aggregate", "quantile", "by", "where", "points"];

/** Whether the second argument is an expression, not the name of a metric. */
export function isExpression(text: string, given: WordArguments): boolean {
  return given.text("format") !== undefined || !/^[\p{L}_][\p{L}\p{N}_.:/-]*$/u.test(text.trim());
}

/**
 * The expression in the arguments. It is evaluated over a range if `--from` or `--step` is given, otherwise at `--to`.
 *
 * @throws UsageError if an argument is invalid
 */
export function expressionFrom(text: string, given: WordArguments): AskedExpression {
  const unfit = OF_A_METRIC.find(
    (option) => given.text(option) !== undefined || given.list(option).length > 0 || given.flag(option),
  );
  if (unfit !== undefined) {
    throw new UsageError(
      `query: --${unfit} requires the name of a metric, got an expression; write it as a part of the expression`,
    );
  }
  const format = formatFrom(given);
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from"));
  const step = durationFrom("step", given.text("step"));
  const common = { text, format, experimental: given.flag("experimental") };
  if (from === undefined && step === undefined) return { ...common, kind: "instant", time: to };
  const start = from ?? to - DEFAULT_RANGE_SECONDS;
  if (start > to) throw new UsageError("query: --from must not be after --to");
  const usual = Math.max(Math.ceil((to - start) / DEFAULT_STEPS), 1);
  return { ...common, kind: "range", from: start, to, step: step ?? usual };
}

/**
 * Evaluates an expression: by a remote server, or in this process over a file.
 *
 * @param isFromZero whether counters begin with 0, for charts of the product
 */
export async function evaluated(
  history: History | RemoteHistory,
  asked: AskedExpression,
  isFromZero = false,
): Promise<QueryResult> {
  const { text, experimental } = asked;
  if ("queryRange" in history) {
    return asked.kind === "instant"
      ? history.query(text, { ...asked, isFromZero })
      : history.queryRange(text, { ...asked, isFromZero });
  }
  // Loaded on demand, as the history.
  const { query, queryRange } = await import("../../query/index.ts");
  return asked.kind === "instant"
    ? query(text, { source: history, time: asked.time, experimental, isFromZero })
    : queryRange(text, {
        source: history,
        from: asked.from,
        to: asked.to,
        step: asked.step,
        experimental,
        isFromZero,
      });
}

function formatFrom(given: WordArguments): Format {
  const flags = FORMATS.filter((format) => given.flag(format));
  const named = given.text("format");
  const [first, ...others] = new Set([...flags, ...(named === undefined ? [] : [named])]);
  if (others.length > 0)
    throw new UsageError("query: --format, --json and --csv cannot be combined; choose one");
  if (first === undefined) return "table";
  const format = FORMATS.find((each) => each === first);
  if (format !== undefined) return format;
  throw new UsageError(`query: --format must be one of ${FORMATS.join(", ")}, got "${first}"`);
}
