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
