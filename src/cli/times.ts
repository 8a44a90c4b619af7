// Times on the command line.
import { unixMillisFrom } from "../events/time.ts";
import { UsageError } from "./command.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Seconds since the epoch: of ISO 8601 (without a zone UTC), of seconds since the epoch, or of so long ago: `90s`, `30m`,
 * `1h`, `7d`, `2w`; `undefined` where nothing is given.
 *
 * @throws UsageError where it is none of them.
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
