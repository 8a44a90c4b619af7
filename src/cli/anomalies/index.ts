// `tachymeter anomalies`: unusual values and level changes in a history.
import { rangeFrom } from "./range.ts";
import { evaluateDetectors } from "./evaluate.ts";
import { listAnomalies } from "./list.ts";
import type { Command } from "../command.ts";
import { storeFrom } from "../open-history.ts";

/** The `anomalies` command. */
export const anomalies: Command = {
  name: "anomalies",
  parameters: "[evaluate] <store>",
  summary: "list unusual values and level changes, or count the false alarms of each detector",
  details: [
    "",
    "<store> is a history file, or the URL of a server with the Prometheus HTTP API. Applications can write to the file",
    "at the same time.",
    "",
    "  anomalies <store>           what was unusual: time, series, detector, actual and expected value, score; then the",
    "                              level changes",
    "  anomalies evaluate <store>  alarms per series and day of each detector; in a quiet time, all of them are false",
    "",
    "  --from <time>     start: ISO 8601 (UTC without a zone), seconds since the epoch, or an age: 90s, 30m, 1h, 7d, 2w",
    "                    (default: a week before the end)",
    "  --to <time>       end, in the same formats (default: now)",
    "  --step <duration> time between two values (default: that of the samples, at least 1m, longer for more than",
    "                    10,000 values)",
    "  --series <selector>",
    "                    a selector of PromQL, such as 'orders_total{region=\"eu\"}', instead of the default metrics; it",
    "                    can be repeated",
    "  --max-series <n>  maximum number of series, 1 to 10000 (default: 500)",
    "  --json            one JSON document per line",
    "",
    "The streaming detector examines the whole range, and needs 150 values before its first result. The learned one is",
    "trained with the first half, and examines the second half. A score of 0.5 is an alarm of both. Without --series, the",
    "metrics of services, runtime and machine are examined.",
    "",
    "Exit codes: 0 success, 1 the store or some of its rows cannot be read, 2 invalid arguments.",
  ],
  options: { texts: ["from", "to", "step", "max-series"], lists: ["series"], flags: ["json"] },
  run: async (given) => {
    const [first, ...others] = given.positionals;
    const isEvaluation = first === "evaluate";
    const store = storeFrom("anomalies", isEvaluation ? others : given.positionals);
    const range = rangeFrom(given);
    return isEvaluation
      ? evaluateDetectors(store, range, given.flag("json"))
      : listAnomalies(store, range, given.flag("json"));
  },
};
