import { join } from "node:path";
import type { AlertMatchers, Silence, SilenceOptions, Silences } from "../../alerts/parts.ts";
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
  const silences = await silencesIn(directory);
  if (id !== undefined) await output.write(await endedSilence(silences, id));
  else if (seconds === undefined)
    await output.write(listedSilences(silences, given.flag("json"), terminalWidth(process.stdout)));
  else
    await output.write(await addedSilence(silences, { matchers, seconds, comment: given.text("comment") }));
  return 0;
}

/** Silences of an application. */
export interface KeptSilences {
  /** Those that have begun and not ended. */
  active(): readonly Silence[];
  /** @throws OptionsError if the matchers, the end or the comment are invalid. */
  add(matchers: AlertMatchers, options: SilenceOptions): void;
  end(id: string): void;
  /** Resolves once the changes are kept. */
  saved(): Promise<void>;
}

/** The silences in a folder of alerts. */
export async function silencesIn(directory: string): Promise<KeptSilences> {
  const { Silences } = await import("../../alerts/parts.ts");
  const silences = new Silences(() => Date.now(), directory);
  assertUsable(silences, directory);
  return {
    active: () => silences.active(),
    add: (matchers, options) => void silences.add(matchers, options),
    end: (id) => silences.end(id),
    async saved() {
      await silences.close();
      silences.look();
      assertUsable(silences, directory);
    },
  };
}

type Matcher = Silence["matchers"][number];

interface Addition {
  readonly matchers: readonly string[];
  readonly seconds: number;
  readonly comment: string | undefined;
}

/** Adds a silence, and returns it as text. */
export async function addedSilence(
  silences: KeptSilences,
  { matchers, seconds, comment = "silenced by the command line" }: Addition,
): Promise<string> {
  const known = new Set(silences.active().map(({ id }) => id));
  const until = new Date(Date.now() + seconds * 1_000);
  silences.add(matchersFrom(matchers), { until, comment });
  await silences.saved();
  const added = silences.active().find(({ id }) => !known.has(id));
  if (added === undefined) throw new Error("alerts silence: the silence was not saved; try again");
  return `silence ${added.id} until ${until.toISOString()}: ${textOf(added)}\n`;
}

/** Ends a silence, and returns it as text. */
export async function endedSilence(silences: KeptSilences, id: string): Promise<string> {
  const ended = silences.active().find((each) => each.id === id);
  if (ended === undefined)
    throw new UsageError(
      `alerts silence: silence "${id}" not found; list the silences, which have their ids`,
    );
  silences.end(id);
  await silences.saved();
  return `silence ${id} ended: ${textOf(ended)}\n`;
}

/** The silences as a table of a width, or as lines of JSON. */
export function listedSilences(silences: KeptSilences, isJson: boolean, width: number): string {
  const active = silences.active().toSorted((left, right) => left.endsAtUnixMillis - right.endsAtUnixMillis);
  if (isJson) return active.map((each) => `${JSON.stringify(each)}\n`).join("");
  if (active.length === 0) return "no silences\n";
  const rows = active.map((each) => [
    each.id,
    dateText(each.endsAtUnixMillis / 1_000),
    textOf(each),
    each.comment,
  ]);
  return tableText(COLUMNS, rows, width);
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
  const [, label, operator, value] = /^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(text) ?? [];
  return label === undefined || value === undefined || !isOperator(operator)
    ? undefined
    : { label, operator, value: value.trimEnd() };
}

function isOperator(text: string | undefined): text is Matcher["operator"] {
  return text !== undefined && ["=", "!=", "=~", "!~"].includes(text);
}

function textOf({ matchers }: Silence): string {
  return matchers
    .map(({ label, operator, value }) => `${label}${operator}${JSON.stringify(value)}`)
    .join(", ");
}

// The application ignores a damaged file.
function assertUsable({ problem }: Silences, directory: string): void {
  if (problem === undefined) return;
  throw new Error(
    `alerts silence: ${join(directory, "silences.json")} cannot be used (${problem}); mend or remove it, then try again`,
  );
}
