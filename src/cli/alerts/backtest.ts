import type { Firing } from "../../alerts/parts.ts";
import { durationFrom, timeFrom, UsageError, type WordArguments } from "../arguments.ts";
import { durationText } from "../flush.ts";
import { askHistory, isUrl } from "../open-history.ts";
import { Output, Terminal, terminalWidth } from "../output.ts";
import { numberText } from "../../page/panels/value-text.ts";
import { dateText, tableText } from "../texts.ts";

const COLUMNS = [
  { title: "FIRED (UTC)" },
  { title: "ALERT" },
  { title: "FOR", isNumber: true },
  { title: "PEAK", isNumber: true },
  { title: "LABELS" },
];
const DAY_SECONDS = 86_400;
const TIMELINE_WIDTH = 60;

/** Prints when rules would have fired over a history: a table, and a timeline of each rule. Returns 1 if one did. */
export async function backtestRules(operands: readonly string[], given: WordArguments): Promise<number> {
  const store = operands.at(-1);
  const files = operands.slice(0, -1);
  const hasMonitors = given.flag("monitors");
  if (store === undefined || (files.length === 0 && !hasMonitors))
    throw new UsageError(
      "alerts backtest: expected rule files and a store, such as alerts.yml tachymeter.db",
    );
  const to = timeFrom("to", given.text("to")) ?? Date.now() / 1_000;
  const from = timeFrom("from", given.text("from")) ?? to - DAY_SECONDS;
  if (from > to) throw new UsageError("alerts backtest: --from must not be after --to");
  const interval = durationFrom("interval", given.text("interval"));
  // No store has samples that are closer together, and a million evaluations of many rules take very long.
  if (interval !== undefined && interval < 1)
    throw new UsageError(
      `alerts backtest: --interval must be at least 1s, got "${given.text("interval")}"; use 15s`,
    );
  const { backtest, hasSequences, monitorGroups } = await import("../../alerts/parts.ts");
  const sequences = files.find((file) => hasSequences(file));
  if (sequences !== undefined)
    throw new UsageError(
      `alerts backtest: "${sequences}" has rules over sequences of events; use tachymeter events ${store} --rule ${sequences}`,
    );
  const rules = [...files, ...(hasMonitors ? monitorGroups() : [])];
  let found: readonly Firing[] = [];
  const code = await askHistory(store, async (history) => {
    // A store has nothing before its oldest sample. That of a server is not known.
    const { oldest = from } = isUrl(store) ? {} : await history.usage();
    const range = { from: Math.max(from, oldest), to, interval };
    found = await withProgress((onProgress) => backtest(rules, history, { ...range, onProgress }));
    const output = new Output(process.stdout);
    if (given.flag("json")) await output.write(found.map((each) => `${JSON.stringify(each)}\n`).join(""));
    else await output.write(textOf(found, from, to));
  });
  return found.length > 0 ? 1 : code;
}

/** Runs something, and shows the share that is done if standard error is a terminal. */
async function withProgress<T>(run: (onProgress: (share: number) => void) => Promise<T>): Promise<T> {
  const terminal = new Terminal(process.stderr);
  let shown = -1;
  const onProgress = (share: number): void => {
    const percent = Math.floor(share * 100);
    if (percent === shown || !process.stderr.isTTY) return;
    shown = percent;
    terminal.progress(`evaluating the rules: ${percent} %`);
  };
  return run(onProgress).finally(() => terminal.clear());
}

function textOf(found: readonly Firing[], from: number, to: number): string {
  if (found.length === 0) return "no rule would have fired\n";
  const rows = found.map(({ rule, labels, firedAt, resolvedAt, peak }) => [
    dateText(firedAt),
    rule,
    resolvedAt === undefined ? "to the end" : durationText(resolvedAt - firedAt),
    numberText(peak),
    Object.entries(labels)
      .filter(([name]) => name !== "alertname")
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
  ]);
  const table = tableText(COLUMNS, rows, terminalWidth(process.stdout));
  const rules = [...new Set(found.map(({ rule }) => rule))];
  const lines = rules.map((rule) => [
    rule,
    timeline(
      found.filter((each) => each.rule === rule),
      from,
      to,
    ),
  ]);
  const header = [{ title: "ALERT" }, { title: `${dateText(from)} to ${dateText(to)}` }];
  return `${table}\n${tableText(header, lines)}`;
}

function timeline(firings: readonly Firing[], from: number, to: number): string {
  const slot = (to - from) / TIMELINE_WIDTH;
  return Array.from({ length: TIMELINE_WIDTH }, (_, i) => {
    const [start, end] = [from + i * slot, from + (i + 1) * slot];
    const fires = firings.some(({ firedAt, resolvedAt = Infinity }) => firedAt < end && resolvedAt > start);
    return fires ? "█" : "·";
  }).join("");
}
