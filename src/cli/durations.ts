// Lengths of time on the command line.
import { UsageError } from "./command.ts";

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/**
 * Seconds of `90`, `90s`, `5m`, `1h`, `1d`, `2w`; `undefined` where nothing is given.
 *
 * @throws UsageError where it is none of them, or 0.
 */
export function durationFrom(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|[smhdw])?$/.exec(text.trim()) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? 1);
  if (count !== "" && seconds > 0) return seconds;
  throw new UsageError(`--${option}: "${text}" is no length of time; give one such as 90s, 5m, 1h or 1d`);
}

/** A length of time in its largest whole unit: `90 s`, `5 min`, `1 h`. */
export function lengthText(seconds: number): string {
  for (const [length, name] of [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
  ] as const) {
    if (seconds >= length && seconds % length === 0) return `${seconds / length} ${name}`;
  }
  return `${seconds} s`;
}
