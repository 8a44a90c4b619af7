// The annotation `correlated` of an alert: plain text for people.
import { shownText } from "../../diagnostics/foreign-text.ts";
import { DIVIDING, SHARED } from "./component.ts";
import type { Correlated } from "./correlated.ts";
import type { NearbyEvent } from "./nearby-events.ts";

const INSTANCE = /^(?:instance|service_instance_id)$/;
const MAX_LABELS = 120;
const MAX_OTHERS = 2;

/** Text of an alert for which there are too few data. */
export const NOT_ENOUGH_DATA = "not enough data to compare";
/** Text of an alert whose condition has held for too short a time. */
export const TOO_EARLY = "too early to compare";
// First line before series that changed no more than usual.
const WEAK = "nothing else moved clearly; closest:";
/** Last line if there was no time for further series. */
export const PARTIAL = "further series were not compared in time";

/**
 * Lists the series and events in one line each.
 *
 * @param atMillis time of the metric's own change, or of the alert.
 */
export function correlationText(
  correlated: readonly Correlated[] | typeof NOT_ENOUGH_DATA | typeof TOO_EARLY,
  events: readonly NearbyEvent[],
  atMillis: number,
): string {
  const lines = typeof correlated === "string" ? [correlated] : componentLines(correlated);
  if (lines.length === 0) lines.push("nothing else moved");
  if (typeof correlated !== "string" && correlated[0]?.isWeak === true) lines.unshift(WEAK);
  const happened = events.map(
    ({ type, text, millis }) =>
      `event ${shownText(type)}${text === "" ? "" : ` (${shownText(text)})`}, ${timeText((atMillis - millis) / 1_000)}`,
  );
  return [...lines, ...happened].join("\n");
}

// One line for each component: its strongest series, and the next ones of it.
function componentLines(correlated: readonly Correlated[]): string[] {
  const texts = new Map<string, string[]>();
  for (const each of correlated)
    texts.set(each.component, [...(texts.get(each.component) ?? []), seriesText(each)]);
  return Array.from(texts.values(), ([first, ...others]) =>
    [first, ...others.slice(0, MAX_OTHERS).map((text) => `with ${text}`)].join("; "),
  );
}

function seriesText({ metric, labels, direction, factor, leadSeconds }: Correlated): string {
  // A process that ended is shown by its instance.
  const hasEnded = factor === 0 && direction === "down";
  const pairs = Object.entries(labels)
    .filter(([name]) => !SHARED.test(name) || (hasEnded && INSTANCE.test(name)))
    // Those that name the part first, since the rest is cut.
    .toSorted(([one], [other]) => Number(DIVIDING.test(one)) - Number(DIVIDING.test(other)))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ");
  const shown = pairs.length > MAX_LABELS ? `${pairs.slice(0, MAX_LABELS)}…` : pairs;
  const name = shown === "" ? metric : `${metric}{${shown}}`;
  return `${shownText(name)} ${direction}${factorText(factor, direction)}, ${timeText(leadSeconds)}`;
}

function factorText(factor: number, direction: Correlated["direction"]): string {
  if (!Number.isFinite(factor)) return direction === "up" ? " from 0 or below" : "";
  if (factor >= 100) return ` ×${Math.round(factor)}`;
  // From 100 % to 99.9 %.
  const digits = Math.abs(factor - 1) < 0.05 ? 4 : 2;
  return ` ×${Number(factor.toPrecision(digits))}`;
}

function timeText(leadSeconds: number): string {
  const seconds = Math.abs(leadSeconds);
  if (seconds < 1) return "at the same time";
  const length = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  return `${length} ${leadSeconds > 0 ? "earlier" : "later"}`;
}
