import { join } from "node:path";
import type { AlertMatchers, Silence, Silences } from "../../alerts/parts.ts";

import { durationFrom, UsageError, type WordArguments } from "../arguments.ts";
import { Output, terminalWidth } from "../output.ts";
import { dateText, tableText } from "../texts.ts";
import { alertsFolder } from "./folder.ts";

const COLUMNS = [
  // Whole, since `--end` needs it.
  { title: "ID", isWhole: true },
  { title: "ENDS (UTC)", isWhole: true },
  { title: "MATCHERS" },
  { title: "COMMENT" },
];
const EXAMPLE = "tachymeter alerts silence tachymeter.db alertname=DiskFull --for 2h";

/** Adds, lists and ends silences of an application, by the file of silences in its folder. */
export async function silenceAlerts(
  [application, ...matchers]: readonly string[],
  given: WordArguments,
): Promise<number> {
  const directory = alertsFolder("silence", application);
  const id = given.text("end");
  const seconds = durationFrom("for", given.text("for"));
  if (id !== undefined && (matchers.length > 0 || seconds !== undefined))
    throw new UsageError("alerts silence: --end takes no matchers and no --for; remove them");
  if (matchers.length > 0 && seconds === undefined)
    throw new UsageError("alerts silence: --for is missing; write --for 2h");
  if (matchers.length === 0 && seconds !== undefined)
    throw new UsageError(`alerts silence: matchers are missing; write ${EXAMPLE}`);
  const output = new Output(process.stdout);
  if (id !== undefined) await output.write(await endedSilence(directory, id));
  else if (seconds === undefined) await output.write(await listedSilences(directory, given.flag("json")));
  else
    await output.write(await addedSilence(directory, { matchers, seconds, comment: given.text("comment") }));
  return 0;
}

async function silencesIn(directory: string): Promise<Silences> {
  const { Silences } = await import("../../alerts/parts.ts");
  const silences = new Silences(() => Date.now(), directory);
  assertUsable(silences, directory);
  return silences;
}

type Matcher = Silence["matchers"][number];

interface Addition {
  readonly matchers: readonly string[];
  readonly seconds: number;
  readonly comment: string | undefined;
}

/** Adds a silence to a folder of alerts, and returns it as text. */
export async function addedSilence(
  directory: string,
  { matchers, seconds, comment = "silenced by the command line" }: Addition,
): Promise<string> {
  const silences = await silencesIn(directory);
  const known = new Set(silences.active().map(({ id }) => id));
  const until = new Date(Date.now() + seconds * 1_000);
  silences.add(matchersFrom(matchers), { until, comment });
  await save(silences, directory);
  const added = silences.active().find(({ id }) => !known.has(id));
  if (added === undefined) throw new Error("alerts silence: the silence was not saved; try again");
  return `silence ${added.id} until ${until.toISOString()}: ${textOf(added)}\n`;
}

/** Ends a silence, and returns it as text. */
export async function endedSilence(directory: string, id: string): Promise<string> {
  const silences = await silencesIn(directory);
  const ended = silences.active().find((each) => each.id === id);
  if (ended === undefined)
    throw new UsageError(
      `alerts silence: silence "${id}" not found; list the silences by tachymeter alerts silence ${directory}`,
    );
  silences.end(id);
  await save(silences, directory);
  return `silence ${id} ended: ${textOf(ended)}\n`;
}

/** The silences of a folder of alerts as a table, or as lines of JSON. */
export async function listedSilences(directory: string, isJson: boolean): Promise<string> {
  const silences = await silencesIn(directory);
  const active = silences.active().toSorted((left, right) => left.endsAtUnixMillis - right.endsAtUnixMillis);
  if (isJson) return active.map((each) => `${JSON.stringify(each)}\n`).join("");
  if (active.length === 0) return "no silences\n";
  const rows = active.map((each) => [
    each.id,
    dateText(each.endsAtUnixMillis / 1_000),
    textOf(each),
    each.comment,
  ]);
  return tableText(COLUMNS, rows, terminalWidth(process.stdout));
}

/**
 * Matchers as arguments. Shells remove quotes, so that values may have none: `severity=critical`, unless they contain
 * commas.
 */
function matchersFrom(texts: readonly string[]): AlertMatchers {
  return texts.flatMap((text): readonly (string | Matcher)[] => {
    const parts = /["'`]/.test(text) ? [] : text.replace(/^\s*\{(.*)\}\s*$/s, "$1").split(",");
    const matchers = parts.map(unquotedMatcher).filter((each) => each !== undefined);
    return matchers.length === parts.length && parts.length > 0 ? matchers : [text];
  });
}

function unquotedMatcher(text: string): Matcher | undefined {
  const [, label, operator, value] = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s.exec(text) ?? [];
  return label === undefined || value === undefined || !isOperator(operator)
    ? undefined
    : { label, operator, value };
}

function isOperator(text: string | undefined): text is Matcher["operator"] {
  return text !== undefined && ["=", "!=", "=~", "!~"].includes(text);
}

function textOf({ matchers }: Silence): string {
  return matchers
    .map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`)
    .join(", ");
}

async function save(silences: Silences, directory: string): Promise<void> {
  await silences.close();
  silences.look();
  assertUsable(silences, directory);
}

// The application ignores a damaged file.
function assertUsable({ problem }: Silences, directory: string): void {
  if (problem === undefined) return;
  throw new Error(
    `alerts silence: ${join(directory, "silences.json")} cannot be used (${problem}); mend or remove it, then try again`,
  );
}
