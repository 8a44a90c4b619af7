// `tachymeter query <store> [metric or expression]`: queries a history.
import type { HistorySource, KnownMetric } from "../../history/index.ts";
import { formFrom, UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { logLine } from "../../diagnostics/foreign-text.ts";
import { askHistory, complaintOfUnknown, isUrl, storeFrom } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { evaluated, expressionFrom, isExpression } from "./expression.ts";
import { hintsFor } from "./hints.ts";
import { completed, questionFrom } from "./question.ts";
import { resultText } from "./result-text.ts";
import { answerCsv, answerJson, answerTable, metricsCsv, metricsTable } from "./shown.ts";

// A line of a wide terminal, or of an output without a width, has room for this graph and a name.
const GRAPH_WIDTH = 60;
const NARROW_GRAPH_WIDTH = 30;
const WIDE_TERMINAL = 120;

const TEXTS = ["from", "to", "aggregate", "quantile", "step", "by", "format"];
// Options that require a metric.
const OF_A_METRIC = [...TEXTS, "where", "points"];

/** The `query` command. */
export const query: Command = {
  name: "query",
  parameters: "<store> [metric | expression]",
  summary: "query a history by metric or in PromQL, or list all metrics",
  details: [
    "",
    "<store> is a history file, or the URL of an application with option api, such as http://127.0.0.1:9464, or of another",
    "server with the Prometheus HTTP API. Applications can write to the file at the same time. [metric] is an",
    "OpenTelemetry or Prometheus name; anything else is an expression in PromQL, such as",
    "'sum by (job) (rate(http_requests_total[5m]))'. A server evaluates expressions itself.",
    "",
    "  --from <time>          start: ISO 8601 (UTC without a zone), seconds since the epoch, or an age: 90s, 30m, 1h, 7d,",
    "                         2w (default: one hour before the end)",
    "  --to <time>            end, in the same formats (default: now)",
    "  --step <duration>      one value per step: 30s, 5m, 1h (default: a sixtieth of the range or more)",
    "",
    "For expressions; without --from and --step, they are evaluated once, at the end:",
    "",
    "  --format <name>        table, json (as Prometheus' HTTP API), csv or prometheus (text format); a metric's name is",
    "                         read as an expression, too (default: table)",
    "  --experimental         accepts parts of PromQL that are behind feature flags in Prometheus",
    "",
    "For metrics:",
    "",
    "  --where <key>=<value>",
    "                         only series with this attribute",
    "                         Repeat for further attributes, or for alternative values; <key>!=<value> excludes a value.",
    "  --aggregate <name>     MEAN, SUM, MIN, MAX, COUNT, LAST, RATE, INCREASE, QUANTILE or STDDEV; without --step, one",
    "                         value for the whole range (default: RATE of counters, MEAN of other metrics)",
    "  --quantile <number>    quantile for QUANTILE, from 0 to 1 (default: 0.95)",
    "  --by <keys>            add up series by these attributes, separated by commas; '' adds up all series",
    "  --points               the stored points, without aggregation",
    "  --json                 one JSON document",
    "  --csv                  comma-separated values with a header",
    "",
    "Exit codes: 0 success, 1 the store or some of its rows cannot be read, 2 invalid arguments.",
  ],
  options: { texts: TEXTS, lists: ["where"], flags: ["points", "json", "csv", "experimental"] },
  run: async (given) => {
    const [store, metric] = storeAndMetric(given);
    if (metric !== undefined && isExpression(metric, given)) return askExpression(store, metric, given);
    const ask = metric === undefined ? metricsOf : answerer(metric, given);
    return askHistory(store, async (history) => {
      await new Output(process.stdout).write(await ask(history, given));
    });
  },
};

type Answering = (history: HistorySource, given: WordArguments) => Promise<string>;

function storeAndMetric(given: WordArguments): [store: string, metric: string | undefined] {
  const store = storeFrom("query", given.positionals.slice(0, 1));
  const [, metric, ...others] = given.positionals;
  if (others.length > 0) {
    throw new UsageError(
      `query: expected one metric or expression, got ${others.length + 1}; write an expression in quotes`,
    );
  }
  const unused = metric === undefined ? OF_A_METRIC.find((option) => isGiven(given, option)) : undefined;
  if (unused !== undefined)
    throw new UsageError(`query: --${unused} requires ${partOf(unused)} after the store`);
  formFrom("query", given, undefined, undefined, undefined);
  return [store, metric];
}

// The second argument that an option requires.
function partOf(option: string): string {
  const isOfAll = ["from", "to", "step", "format"].includes(option);
  return isOfAll ? "a metric or an expression; specify it" : "a metric; specify its name";
}

function isGiven(given: WordArguments, option: string): boolean {
  return given.text(option) !== undefined || given.list(option).length > 0 || given.flag(option);
}

// Checks the arguments before the store is opened. Annotations are not a part of the result.
async function askExpression(store: string, text: string, given: WordArguments): Promise<number> {
  const asked = expressionFrom(text, given);
  const { parse } = await import("../../query/index.ts");
  // A server may have a language of its own.
  if (!isUrl(store)) parse(text, asked);
  return askHistory(store, async (history) => {
    const result = await evaluated(history, asked);
    const hints = await hintsFor(history, asked, result);
    for (const line of [...result.annotations, ...hints]) process.stderr.write(`${logLine(line)}\n`);
    const line = terminalWidth(process.stdout);
    const shown = await resultText(result, asked, { graph: graphWidth(line), line });
    await new Output(process.stdout).write(shown);
  });
}

function graphWidth(line: number): number {
  return line < WIDE_TERMINAL ? NARROW_GRAPH_WIDTH : GRAPH_WIDTH;
}

// Checks the arguments before the store is opened.
function answerer(metric: string, given: WordArguments): Answering {
  const question = questionFrom(metric, given);
  return async (history) => {
    const complaint = await complaintOfUnknown(history, metric);
    if (complaint !== undefined) throw new UsageError(`query: ${complaint}`);
    const line = terminalWidth(process.stdout);
    const graph = graphWidth(line);
    const asked = await completed(history, question, given, graph);
    const answer = await history.query(asked);
    if (given.flag("json")) return answerJson(answer);
    return given.flag("csv") ? answerCsv(answer) : answerTable(answer, asked, graph, line);
  };
}

async function metricsOf(history: HistorySource, given: WordArguments): Promise<string> {
  const metrics: KnownMetric[] = [];
  for await (const metric of history.metrics()) metrics.push(metric);
  if (given.flag("json")) return `${JSON.stringify(metrics)}\n`;
  return given.flag("csv") ? metricsCsv(metrics) : metricsTable(metrics, terminalWidth(process.stdout));
}
