// `tachymeter events <store> --rule <file>`: sequences of stored events that rules describe.
import type { SequenceMatch } from "../alerts/parts.ts";
import type { EventQuestion, HistorySource } from "../history/index.ts";
import { shortPath } from "../diagnostics/foreign-text.ts";
import { UsageError } from "./arguments.ts";
import { csvText, tableText } from "./texts.ts";
import { Output, terminalWidth } from "./output.ts";

const COLUMNS = [
  { title: "TIME" },
  { title: "RULE" },
  { title: "KEY" },
  { title: "COUNT", isNumber: true },
  { title: "EVENTS" },
];
const FIELDS = ["firstTime", "lastTime", "rule", "key", "count", "events"] as const;

/** Formats all matches. */
export type MatchForm = (matches: readonly SequenceMatch[]) => string;

/** Writes the matches of the rules in a file. Conditions on the events apply to all rules. */
export async function showMatches(
  history: HistorySource,
  question: EventQuestion,
  file: string,
  form: MatchForm,
): Promise<void> {
  // Loaded on demand, so that the help works without it.
  const { hasSequences, matchStored, readSequenceFile } = await import("../alerts/parts.ts");
  const rules = readSequenceFile(file);
  if (!hasSequences(file))
    throw new UsageError(
      `events: --rule: "${shortPath(file)}" has no sequences; rules over metrics are for tachymeter alerts backtest`,
    );
  const output = new Output(process.stdout);
  const until = typeof question.to === "number" ? question.to : Date.now() / 1_000;
  const from = typeof question.from === "number" ? { from: question.from } : {};
  const matches: SequenceMatch[] = [];
  for await (const match of matchStored(rules, history.events(question), { until, ...from })) {
    if (output.signal.aborted) return;
    matches.push(match);
  }
  await output.write(form(matches));
}

export function tableOfMatches(matches: readonly SequenceMatch[]): string {
  if (matches.length === 0) return "no matches\n";
  const rows = matches.map(({ lastTime, rule, key, count, events }) => [
    new Date(lastTime * 1_000).toISOString(),
    rule,
    Object.entries(key)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
    String(count),
    events.map(({ event_type: type }) => type).join(" → "),
  ]);
  return tableText(COLUMNS, rows, terminalWidth(process.stdout));
}

export function linesOfMatches(matches: readonly SequenceMatch[]): string {
  return matches.map((match) => `${JSON.stringify(match)}\n`).join("");
}

export function csvOfMatches(matches: readonly SequenceMatch[]): string {
  const cell = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return csvText([FIELDS, ...matches.map((match) => FIELDS.map((field) => cell(match[field])))]);
}
