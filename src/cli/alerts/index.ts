// `tachymeter alerts …`: rules and alerts on the command line.
import { UsageError, type WordArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { backtestRules } from "./backtest.ts";
import { checkFiles } from "./check.ts";
import { exportAll } from "./export.ts";
import { listAlerts } from "./list.ts";
import { silenceAlerts } from "./silence.ts";
import { testReceivers } from "./test.ts";

type Action = (operands: readonly string[], given: WordArguments) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  check: checkFiles,
  list: listAlerts,
  export: exportAll,
  backtest: backtestRules,
  silence: silenceAlerts,
  test: testReceivers,
};

/** The `alerts` command. */
export const alerts: Command = {
  name: "alerts",
  parameters: "<action> …",
  summary: "check, list, export, backtest and silence alerts, and test their receivers",
  details: [
    "",
    "  alerts check <file>…              check files of rules: in Prometheus' format, or with `sequences`",
    "  alerts list <application>         the pending and firing alerts, the most severe first",
    "  alerts export [<file>…]           the predefined monitors and the rules of the files, for Prometheus, vmalert or Mimir",
    "  alerts backtest <file>… <store>   when the rules would have fired over a history file, or over a server's URL",
    "  alerts silence <application> <matchers> --for <duration> [--comment <text>]",
    "                                    silence alerts: alertname=DiskFull, or several matchers, separated by spaces",
    "  alerts silence <application>      the silences and their ids",
    "  alerts silence <application> --end <id>",
    "                                    end a silence",
    "  alerts test <application>         let the running application send a test alert to each of its receivers",
    "",
    "<application> is the file of its history, or its folder of option alerts.directory. For `list` it can also be the URL",
    "of an application with option api, or of Prometheus.",
    "",
    "  --no-monitors      export: without the predefined monitors",
    "  --monitors         backtest: with the predefined monitors; <file> may be missing",
    "  --from <time>      backtest: start (default: a day before the end)",
    "  --to <time>        backtest: end (default: now)",
    "  --interval <duration>",
    "                     backtest: time between two evaluations (default: 15s)",
    "  --for <duration>   silence: its length, such as 2h",
    "  --comment <text>   silence: its reason",
    "  --end <id>         silence: end this one",
    "  --json             list, backtest, silence: one JSON document per line",
    "",
    "Exit codes: 0 success, 1 problems, firing alerts or failed receivers were found, 2 invalid arguments.",
  ],
  options: {
    texts: ["from", "to", "interval", "for", "comment", "end"],
    flags: ["json", "monitors", "no-monitors"],
  },
  run: async (given) => {
    const [name, ...operands] = given.positionals;
    const action = name === undefined || !Object.hasOwn(ACTIONS, name) ? undefined : ACTIONS[name];
    if (action !== undefined) return action(operands, given);
    const known = Object.keys(ACTIONS).join(", ");
    const got = name === undefined ? "got none" : `got "${name}"`;
    throw new UsageError(`alerts: expected one of ${known}, ${got}; see tachymeter alerts --help`);
  },
};
