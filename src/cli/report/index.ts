// `tachymeter report <store>`: what there is to know of a range, in a document.
import { logLine } from "../../diagnostics/foreign-text.ts";
import { showUrl } from "../../diagnostics/show.ts";
import type { HistorySource, KnownMetric } from "../../history/index.ts";
import { timeFrom, UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { askHistory, complaintOfUnknown, storeFrom } from "../open-history.ts";
import { Output } from "../output.ts";
import { commandUsage } from "./commands.ts";
import { type Report, type ReportRange, type Span, spanBefore } from "./document.ts";
import { slower, slowest } from "./durations.ts";
import { capacityForecasts, type Limit } from "./forecasts.ts";
import { htmlOf, markdownOf } from "./formats.ts";

const DEFAULT_SECONDS = 7 * 86_400;
// Who has more of a kind has a dashboard.
const MAX_METRICS = 100;

const FORMATS: ReadonlyMap<string, (report: Report) => string> = new Map([
  ["md", markdownOf],
  ["html", htmlOf],
  ["json", (report) => `${JSON.stringify(report, undefined, 2)}\n`],
]);

/** The word `report`. */
export const report: Command = {
  name: "report",
  parameters: "<store>",
  summary: "reports how commands were used, what is slow, what got slower, and what will be full",
  details: [
    "",
    "The store is the file of a history, which applications may be writing to meanwhile, or the URL of an engine with",
    "Prometheus' HTTP API. What got slower is compared with the range before, which is as long.",
    "",
    "  --from <time>             the beginning: by ISO 8601 (without a zone: UTC), in seconds since the epoch, or so long",
    "                            ago: 90s, 30m, 1h, 7d, 2w; a week before the end unless given",
    "  --to <time>               the end, alike; now unless given",
    "  --format <format>         md, html or json; md unless given",
    "  --limit <metric>=<value>  what a metric should not reach, to be told when it will; may come several times. Shares,",
    "                            such as that of a disk in use, are told of without it",
    "",
    "Exit code 0, 1 where the store or rows of it cannot be read, 2 where the command cannot be understood.",
  ],
  options: { texts: ["from", "to", "format"], lists: ["limit"] },
  run: async (given) => {
    const store = storeFrom("report", given.positionals);
    const [span, limits] = [spanFrom(given), limitsFrom(given.list("limit"))];
    const format = formatFrom(given.text("format"));
    return askHistory(store, async (history) => {
      await tellOfUnknown(history, limits);
      const found = await gathered(history, showUrl(store), span, limits);
      await new Output(process.stdout).write(format(found));
    });
  },
};

// What has a limit may come to be measured only later, so the rest is reported.
async function tellOfUnknown(history: HistorySource, limits: readonly Limit[]): Promise<void> {
  for (const { metric } of limits) {
    const complaint = await complaintOfUnknown(history, metric);
    if (complaint !== undefined) process.stderr.write(`${logLine(`tachymeter: --limit: ${complaint}`)}\n`);
  }
}

// All questions that a report answers.
async function gathered(
  history: HistorySource,
  store: string,
  span: Span,
  limits: readonly Limit[],
): Promise<Report> {
  const durations: KnownMetric[] = [];
  const shares: KnownMetric[] = [];
  for await (const metric of history.metrics()) {
    if (metric.type === "histogram" && metric.unit === "s") durations.push(metric);
    else if (metric.type === "gauge" && metric.unit === "1") shares.push(metric);
  }
  const [some, others] = [durations.slice(0, MAX_METRICS), shares.slice(0, MAX_METRICS)];
  return {
    store,
    range: rangeOf(span),
    before: rangeOf(spanBefore(span)),
    commands: await commandUsage(history, span),
    slowest: await slowest(history, some, span),
    slower: await slower(history, some, span),
    forecasts: await capacityForecasts(history, others, limits, span),
    examined: { durations: some.length, shares: others.length + limits.length },
  };
}

function rangeOf({ from, to }: Span): ReportRange {
  return { from: new Date(from * 1_000).toISOString(), to: new Date(to * 1_000).toISOString() };
}

function spanFrom(given: WordArguments): Span {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - DEFAULT_SECONDS;
  if (from < to) return { from, to };
  throw new UsageError("report: --from is not before --to; give the earlier moment first");
}

function limitsFrom(texts: readonly string[]): readonly Limit[] {
  return texts.map((given) => {
    const [, metric, value = ""] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
    const threshold = Number(value);
    if (metric !== undefined && value.trim() !== "" && Number.isFinite(threshold))
      return { metric, threshold };
    throw new UsageError(
      `--limit: "${given}" is no limit; give a metric and a number: message.queue.size=1000`,
    );
  });
}

function formatFrom(text = "md"): (report: Report) => string {
  const format = FORMATS.get(text);
  if (format !== undefined) return format;
  throw new UsageError(`--format: "${text}" is no format; give one of ${[...FORMATS.keys()].join(", ")}`);
}
