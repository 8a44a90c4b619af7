// The arguments of a command, as text and as what they mean.
import { parseArgs } from "node:util";
import { unixMillisFrom } from "../events/time.ts";
import type { Where } from "../history/index.ts";

/** The command line cannot be understood: says what is wrong, and what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "TACHYMETER_USAGE";
}

/** The options that a command knows, besides `--help`, by their names without dashes. */
export interface KnownOptions {
  /** Those that are followed by a text. */
  readonly texts?: readonly string[];
  /** Those that are followed by a text, and may come several times. */
  readonly lists?: readonly string[];
  readonly flags?: readonly string[];
}

/** What a command was given. */
export interface WordArguments {
  readonly positionals: readonly string[];
  /** The text after an option; `undefined` if it was not given. */
  text(option: string): string | undefined;
  /** The texts after an option, in their order. */
  list(option: string): readonly string[];
  flag(option: string): boolean;
}

/**
 * The arguments of a command.
 *
 * @throws UsageError if there is an option that it does not know, or one without its text.
 */
export function wordArguments(
  word: string,
  args: readonly string[],
  { texts = [], lists = [], flags = [] }: KnownOptions,
): WordArguments {
  const options = {
    help: { type: "boolean", short: "h" } as const,
    ...Object.fromEntries(texts.map((name) => [name, { type: "string" } as const])),
    ...Object.fromEntries(lists.map((name) => [name, { type: "string", multiple: true } as const])),
    ...Object.fromEntries(flags.map((name) => [name, { type: "boolean" } as const])),
  };
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const values = new Map<string, unknown>(Object.entries(parsed.values));
    return {
      positionals: parsed.positionals,
      text(option) {
        const value = values.get(option);
        return typeof value === "string" ? value : undefined;
      },
      list(option) {
        const value = values.get(option);
        return Array.isArray(value) ? value.map(String) : [];
      },
      flag: (option) => values.get(option) === true,
    };
  } catch (cause) {
    const problem = problemOf(args, [...texts, ...lists], flags);
    throw new UsageError(`${word}: ${problem}; see tachymeter ${word} --help`, { cause });
  }
}

function problemOf(args: readonly string[], texts: readonly string[], flags: readonly string[]): string {
  const known = ["-h", "--", ...["help", ...texts, ...flags].map((name) => `--${name}`)];
  const isUnknown = (argument: string): boolean =>
    argument.startsWith("-") && !known.includes(argument.replace(/=.*/s, ""));
  const unknown = args.find(isUnknown);
  if (unknown !== undefined) return `${unknown} is no option of this command`;
  const incomplete = texts.find((name) => args.includes(`--${name}`));
  if (incomplete !== undefined) return `--${incomplete} is given without its value`;
  const full = flags.find((name) => args.some((argument) => argument.startsWith(`--${name}=`)));
  return full === undefined ? "an argument is no option of this command" : `--${full} takes no value`;
}

/** @throws UsageError if both `--json` and `--csv` are given. */
export function formFrom<Form>(word: string, given: WordArguments, json: Form, csv: Form, table: Form): Form {
  if (!given.flag("json")) return given.flag("csv") ? csv : table;
  if (!given.flag("csv")) return json;
  throw new UsageError(`${word}: both --json and --csv are given; give one of them`);
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Seconds of `90`, `90s`, `5m`, `1h`, `1d`, `2w`; `undefined` if nothing is given.
 *
 * @throws UsageError if it is none of them, or 0.
 */
export function durationFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|[smhdw])?$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 1);
  if (count !== "" && seconds > 0) return seconds;
  throw new UsageError(`--${option}: "${text}" is no length of time; give one such as 90s, 5m, 1h or 1d`);
}

/**
 * Seconds since the epoch: of ISO 8601 (without a zone UTC), of seconds since the epoch, or of so long ago: `90s`, `30m`,
 * `1h`, `7d`, `2w`; `undefined` if nothing is given.
 *
 * @throws UsageError if it is none of them.
 */
export function timeFrom(
  option: string,
  text: string | undefined,
  nowMillis: number = Date.now(),
): number | undefined {
  if (text === undefined) return undefined;
  const given = text.trim();
  const [, count, unit = ""] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(given) ?? [];
  if (count !== undefined) {
    const seconds = nowMillis / 1_000 - Number(count) * (SECONDS[unit] ?? 1);
    if (isDate(seconds)) return seconds;
    throw new UsageError(
      `--${option}: "${text}" ago is before the earliest date that can be shown; give a shorter time`,
    );
  }
  if (/^\d{5,}(?:\.\d+)?$/.test(given) && isDate(Number(given))) return Number(given);
  const millis = unixMillisFrom(/^\d{4}(?:-\d\d)?$/.test(given) ? firstDayOf(given) : given);
  if (millis !== undefined) return millis / 1_000;
  throw new UsageError(
    `--${option}: "${text}" is no time; give one by ISO 8601 (2026-01-31T12:00), in seconds since the epoch, or so long ago (90s, 30m, 1h, 7d, 2w)`,
  );
}

function isDate(seconds: number): boolean {
  return !Number.isNaN(new Date(seconds * 1_000).getTime());
}

// Of a year or a month.
function firstDayOf(given: string): string {
  return given.length === 4 ? `${given}-01-01` : `${given}-01`;
}

/**
 * Conditions of `key=value`, several of a key for values that do as well, and `key!=value`.
 *
 * @throws UsageError if one chooses nothing, or contradicts another.
 */
export function whereFrom(texts: readonly string[]): Where {
  const where = new Map<string, string[] | { not: string }>();
  for (const text of texts) {
    const [, key = "", sign = "", value = ""] = /^([^=!]+)(!?=)(.*)$/s.exec(text) ?? [];
    const wanted = where.get(key);
    if (key === "")
      throw new UsageError(`--where: "${text}" chooses nothing; give attribute=value, or attribute!=value`);
    if (sign === "!=") {
      if (wanted !== undefined)
        throw new UsageError(`--where: "${key}" is given twice; give one value that it must not have`);
      where.set(key, { not: value });
    } else if (Array.isArray(wanted)) wanted.push(value);
    else if (wanted === undefined) where.set(key, [value]);
    else
      throw new UsageError(
        `--where: "${key}" is given twice; give values that it may have, or one that it must not`,
      );
  }
  return Object.fromEntries(where);
}
