// Colours and sizes of charts. The style sheet holds them; a canvas needs their values.
import { isDark } from "../state/theme.ts";

/** Number of colours of series; further series repeat them. */
export const SERIES_COLORS = 8;

// Meanings of state names, by which a state gets its colour.
const MEANINGS: Readonly<Record<string, string>> = {
  healthy: "good",
  active: "good",
  leader: "good",
  degraded: "warning",
  pending: "warning",
  launched: "info",
  unhealthy: "bad",
  firing: "bad",
  terminated: "bad",
};

let values = new Map<string, string>();
let valuesAreDark: boolean | undefined;

/** The value of a variable of the style sheet. */
export function color(name: string): string {
  const dark = isDark.peek();
  if (dark !== valuesAreDark) {
    values = new Map();
    valuesAreDark = dark;
  }
  let value = values.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    values.set(name, value);
  }
  return value;
}

/** The name of the colour of a series. */
export function seriesColor(index: number): string {
  return `series-${(index % SERIES_COLORS) + 1}`;
}

/** The name of the colour of a state, such as `degraded`. */
export function stateColor(state: string): string {
  return MEANINGS[state] ?? "neutral";
}

/** Size of the labels of charts, in CSS pixels: it grows on very large screens. */
export function labelPixels(): number {
  return Math.round(Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.85);
}
