// `tachymeter report <store>`: writes a report about a range.
import { logLine } from "../../diagnostics/foreign-text.ts";
import type { HistorySource } from "../../history/index.ts";
import { timeFrom, UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { askHistory, complaintOfUnknown, shownPlace, storeFrom } from "../open-history.ts";
import { Output } from "../output.ts";
import type { Report } from "./document.ts";
import type { Span } from "./span.ts";
import type { Limit } from "./forecasts.ts";
import { gathered } from "./gathered.ts";
import { htmlOf } from "./html.ts";
import { markdownOf } from "./markdown.ts";

const DEFAULT_SECONDS = 7 * 86_400;

const FORMATS: ReadonlyMap<string, (report: Report) => string> = new Map([
  ["md", markdownOf],
  ["html", htmlOf],
  ["json", (report) => `${JSON.stringify(report, undefined, 2)}\n`],
]);

/** The `report` command. */
export const report: Command = {
  name: "report",
  parameters: "<store>",
  summary:
    "report what happened: charts, alerts, errors, changes, slow operations, and limits that will be reached",
  details: [
    "",
    "<store> is a history file, or the URL of a server with the Prometheus HTTP API. Applications can write to the file",
    "at the same time. Figures are compared with the previous range of the same length.",
    "",
    "  --from <time>             start: ISO 8601 (UTC without a zone), seconds since the epoch, or an age: 90s, 30m, 1h,",
    "                            7d, 2w (default: one week before the end)",
    "  --to <time>               end, in the same formats (default: now)",
    "  --format <format>         md, html (one page with charts) or json (default: md)",
    "  --limit <metric>=<value>  forecast when the metric reaches this value; can be repeated. Shares from 0 to 1, such as",
    "                            disk usage, have a limit of 1 by default.",
    "",
    "Exit codes: 0 success, 1 the store or some of its rows cannot be read, 2 invalid arguments.",
  ],
  options: { texts: ["from", "to", "format"], lists: ["limit"] },
  run: async (given) => {
    const store = storeFrom("report", given.positionals);
    const [span, limits] = [spanFrom(given), limitsFrom(given.list("limit"))];
    const format = formatFrom(given.text("format"));
    return askHistory(store, async (history) => {
      await tellOfUnknown(history, limits);
      const found = await gathered(history, store, span, limits, shownPlace(store));
      await new Output(process.stdout).write(format(found));
    });
  },
};

// A limit may be set before its metric is first recorded, so an unknown metric is only a warning.
async function tellOfUnknown(history: HistorySource, limits: readonly Limit[]): Promise<void> {
  for (const { metric } of limits) {
    const complaint = await complaintOfUnknown(history, metric);
    if (complaint !== undefined) process.stderr.write(`${logLine(`tachymeter: --limit: ${complaint}`)}\n`);
  }
}

function spanFrom(given: WordArguments): Span {
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - DEFAULT_SECONDS;
  if (from < to) return { from, to };
  throw new UsageError("report: --from must be before --to");
}

function limitsFrom(texts: readonly string[]): readonly Limit[] {
  return texts.map((given) => {
    const [, metric, value = ""] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
    const threshold = Number(value);
    if (metric !== undefined && value.trim() !== "" && Number.isFinite(threshold))
      return { metric, threshold };
    throw new UsageError(`--limit must be a metric and a number (message.queue.size=1000), got "${given}"`);
  });
}

function formatFrom(text = "md"): (report: Report) => string {
  const format = FORMATS.get(text);
  if (format !== undefined) return format;
  throw new UsageError(`--format must be one of ${[...FORMATS.keys()].join(", ")}, got "${text}"`);
}
