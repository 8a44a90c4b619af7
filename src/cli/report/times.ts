// Times and lengths of time in reports, in UTC.

/** A time without seconds: `2026-01-31 12:00`. */
export function shortTime(time: string | number): string {
  const iso = typeof time === "string" ? time : new Date(time * 1_000).toISOString();
  return iso.replace("T", " ").slice(0, 16);
}

/** The time between two in ISO 8601, as {@link lengthText}. */
export function lengthBetween(from: string, to: string): string {
  return lengthText(Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1_000)));
}

/** A length of time in its two largest units: `2 h 5 min`. */
export function lengthText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first === -1 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown
    .filter(([count], i) => count > 0 || i === 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
