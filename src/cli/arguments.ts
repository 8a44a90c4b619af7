// Parsing of command arguments: options, durations, times and conditions.
import { parseArgs } from "node:util";
import { unixMillisFrom } from "../events/time.ts";
import type { Where } from "../history/index.ts";

/** Invalid arguments. The message names the problem and the remedy. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "TACHYMETER_USAGE";
}

/** Options of a command besides `--help`, named without dashes. */
export interface KnownOptions {
  /** Options with a value. */
  readonly texts?: readonly string[];
  /** Options with a value that can be repeated. */
  readonly lists?: readonly string[];
  readonly flags?: readonly string[];
}

/** Parsed arguments of a command. */
export interface WordArguments {
  readonly positionals: readonly string[];
  /** The value of an option; `undefined` if it is missing. */
  text(option: string): string | undefined;
  /** The values of an option, in order. */
  list(option: string): readonly string[];
  flag(option: string): boolean;
}

/**
 * Parses the arguments of a command.
 *
 * @throws UsageError if an option is unknown or its value is missing
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
  if (unknown !== undefined) return `unknown option ${unknown}`;
  const incomplete = texts.find((name) => args.includes(`--${name}`));
  if (incomplete !== undefined) return `--${incomplete} requires a value`;
  const full = flags.find((name) => args.some((argument) => argument.startsWith(`--${name}=`)));
  return full === undefined ? "invalid arguments" : `--${full} takes no value`;
}

/** @throws UsageError if both `--json` and `--csv` are present */
export function formFrom<Form>(word: string, given: WordArguments, json: Form, csv: Form, table: Form): Form {
  if (!given.flag("json")) return given.flag("csv") ? csv : table;
  if (!given.flag("csv")) return json;
  throw new UsageError(`${word}: --json and --csv cannot be combined; choose one`);
}

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Parses a duration such as `90`, `90s`, `5m`, `1h`, `1d` or `2w` into seconds; `undefined` if there is no text.
 *
 * @throws UsageError if the text is not a duration, or is 0
 */
export function durationFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|[smhdw])?$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 1);
  if (count !== "" && seconds > 0) return seconds;
  throw new UsageError(`--${option} must be a duration such as 90s, 5m, 1h or 1d, got "${text}"`);
}

// Seconds from here on are after the year 5138; milliseconds have been above since 1973.
const MILLIS = 100_000_000_000;

/**
 * Parses a time into seconds since the epoch; `undefined` if there is no text.
 *
 * @param text ISO 8601 (UTC without a zone), seconds since the epoch, or an age: `90s`, `30m`, `1h`, `7d`, `2w`
 * @throws UsageError if the text is not a time
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
      `--${option}: "${text}" ago is before the earliest supported date; use a shorter time`,
    );
  }
  if (/^\d{5,}(?:\.\d+)?$/.test(given)) {
    const seconds = Number(given);
    if (seconds < MILLIS) return seconds;
    throw new UsageError(
      `--${option} must be in seconds since the epoch, got ${text}, which looks like milliseconds; use ${Math.floor(seconds / 1_000)}`,
    );
  }
  const millis = unixMillisFrom(/^\d{4}(?:-\d\d)?$/.test(given) ? firstDayOf(given) : given);
  if (millis !== undefined) return millis / 1_000;
  throw new UsageError(
    `--${option} must be ISO 8601 (2026-01-31T12:00), seconds since the epoch, or an age (90s, 30m, 1h, 7d, 2w), got "${text}"`,
  );
}

function isDate(seconds: number): boolean {
  return !Number.isNaN(new Date(seconds * 1_000).getTime());
}

// The first day of a year or a month.
function firstDayOf(given: string): string {
  return given.length === 4 ? `${given}-01-01` : `${given}-01`;
}

/**
 * Parses conditions: `key=value`, repeated for alternative values of a key, or `key!=value`.
 *
 * @throws UsageError if a condition is malformed or contradicts another
 */
export function whereFrom(texts: readonly string[]): Where {
  const where = new Map<string, string[] | { not: string }>();
  for (const text of texts) {
    const [, key = "", sign = "", value = ""] = /^([^=!]+)(!?=)(.*)$/s.exec(text) ?? [];
    const wanted = where.get(key);
    if (key === "") throw conditionError(`must be attribute=value or attribute!=value, got "${text}"`);
    if (sign === "!=") {
      if (wanted !== undefined) throw contradiction(key);
      where.set(key, { not: value });
    } else if (Array.isArray(wanted)) wanted.push(value);
    else if (wanted === undefined) where.set(key, [value]);
    else throw contradiction(key);
  }
  return Object.fromEntries(where);
}

function contradiction(key: string): UsageError {
  return conditionError(`must have a single condition for "${key}" if it uses !=; remove the others`);
}

function conditionError(problem: string): UsageError {
  return new UsageError(`--where ${problem}`);
}
