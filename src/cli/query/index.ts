// `tachymeter query <store> [metric]`: questions to a history.
import type { HistorySource, KnownMetric } from "../../history/index.ts";
import { formFrom, UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { askHistory, complaintOfUnknown, storeFrom } from "../open-history.ts";
import { Output, terminalWidth } from "../output.ts";
import { completed, questionFrom } from "./question.ts";
import { answerCsv, answerJson, answerTable, metricsCsv, metricsTable } from "./shown.ts";

// As many values as a line has room for beside a name; what is no terminal takes lines of any length.
const GRAPH_WIDTH = 60;
const NARROW_GRAPH_WIDTH = 30;
const WIDE_TERMINAL = 120;

const TEXTS = ["from", "to", "aggregate", "quantile", "step", "by"];
// What the list of all metrics takes no account of.
const OF_A_METRIC = [...TEXTS, "where", "points"];

/** The word `query`. */
export const query: Command = {
  name: "query",
  parameters: "<store> [metric]",
  summary: "asks a history about a metric, or which metrics it has",
  details: [
    "",
    "The store is the file of a history, which applications may be writing to meanwhile, or the URL of an engine with",
    "Prometheus' HTTP API. A metric is known by its OpenTelemetry name and by its Prometheus name.",
    "",
    "  --where <key>=<value>  series with this attribute alone; several times: other attributes, or values that do as",
    "                         well; <key>!=<value> leaves a value out",
    "  --from <time>          the beginning: by ISO 8601 (without a zone: UTC), in seconds since the epoch, or so long",
    "                         ago: 90s, 30m, 1h, 7d, 2w; an hour before the end unless given",
    "  --to <time>            the end, alike; now unless given",
    "  --aggregate <name>     MEAN, SUM, MIN, MAX, COUNT, LAST, RATE, INCREASE, QUANTILE or STDDEV; without --step one",
    "                         value of the whole range",
    "  --quantile <number>    from 0 to 1, for QUANTILE; 0.95 unless given",
    "  --step <length>        a value for each step: 30s, 5m, 1h; unless given, a sixtieth of the range or more",
    "  --by <keys>            series that agree in these attributes, separated by commas, are added up first; '' adds up",
    "                         all",
    "  --points               the points as they are stored",
    "  --json                 the answer as a JSON document",
    "  --csv                  comma-separated values with a line of titles",
    "",
    "Without an aggregate counters show their RATE, other metrics their MEAN.",
    "",
    "Exit code 0, 1 where the store or rows of it cannot be read, 2 where the command cannot be understood.",
  ],
  options: { texts: TEXTS, lists: ["where"], flags: ["points", "json", "csv"] },
  run: async (given) => {
    const [store, metric] = storeAndMetric(given);
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
    throw new UsageError(`query: ${others.length + 1} metrics are given; give one`);
  }
  const unused = metric === undefined ? OF_A_METRIC.find((option) => isGiven(given, option)) : undefined;
  if (unused !== undefined)
    throw new UsageError(`query: --${unused} is given without a metric; give its name after the store`);
  formFrom("query", given, undefined, undefined, undefined);
  return [store, metric];
}

function isGiven(given: WordArguments, option: string): boolean {
  return given.text(option) !== undefined || given.list(option).length > 0 || given.flag(option);
}

// What is wrong with the arguments shows before the store is opened.
function answerer(metric: string, given: WordArguments): Answering {
  const question = questionFrom(metric, given);
  return async (history) => {
    const complaint = await complaintOfUnknown(history, metric);
    if (complaint !== undefined) throw new UsageError(`query: ${complaint}`);
    const graphWidth = terminalWidth(process.stdout) < WIDE_TERMINAL ? NARROW_GRAPH_WIDTH : GRAPH_WIDTH;
    const asked = await completed(history, question, given, graphWidth);
    const answer = await history.query(asked);
    if (given.flag("json")) return answerJson(answer);
    return given.flag("csv")
      ? answerCsv(answer)
      : answerTable(answer, asked, graphWidth, terminalWidth(process.stdout));
  };
}

async function metricsOf(history: HistorySource, given: WordArguments): Promise<string> {
  const metrics: KnownMetric[] = [];
  for await (const metric of history.metrics()) metrics.push(metric);
  if (given.flag("json")) return `${JSON.stringify(metrics)}\n`;
  return given.flag("csv") ? metricsCsv(metrics) : metricsTable(metrics, terminalWidth(process.stdout));
}
