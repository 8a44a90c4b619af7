// The annotation `correlated` of an alert: plain text for people.
import { factorText } from "../../diagnostics/factor-text.ts";
import { shownText } from "../../diagnostics/foreign-text.ts";
import { DIVIDING, SHARED } from "./component.ts";
import type { Correlated } from "./correlated.ts";
import type { NearbyEvent } from "./nearby-events.ts";

const INSTANCE = /^(?:instance|service_instance_id)$/;
const MAX_LABELS = 120;
const MAX_OTHERS = 2;

/** Text of an alert for which there are too few data, with the minutes that are there and needed before it. */
export function notEnoughData(minutes: number, needed: number): string {
  const text = "not enough data to compare";
  return minutes >= needed ? text : `${text}: ${minutes} min before the alert, ${needed} min are needed`;
}

/** Text of an alert whose condition has held for too short a time. */
export const TOO_EARLY = "too early to compare";
// First line before series that changed no more than usual.
const WEAK = "nothing else moved clearly; closest:";
/** Last line if there was no time for further series. */
export const PARTIAL = "further series were not compared in time";

/**
 * Lists the series and events in one line each.
 *
 * @param correlated the series, or a text in their place.
 * @param atMillis time of the metric's own change, or of the alert.
 */
export function correlationText(
  correlated: readonly Correlated[] | string,
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
    .toSorted(([one], [other]) => placeOf(one) - placeOf(other))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(", ");
  const shown = pairs.length > MAX_LABELS ? `${pairs.slice(0, MAX_LABELS)}…` : pairs;
  const change = !Number.isFinite(factor) && direction === "up" ? " from 0 or below" : factorText(factor);
  const name = shown === "" ? metric : `${metric}{${shown}}`;
  return `${shownText(name)} ${direction}${change}, ${timeText(leadSeconds)}`;
}

// Those that name the part first, then its operation, since the rest is cut.
function placeOf(label: string): number {
  if (/(?:^|_)(?:operation|operation_name|method)$/.test(label)) return 1;
  if (/_(?:port|system_name|namespace)$/.test(label)) return 3;
  return DIVIDING.test(label) ? 2 : 0;
}

function timeText(leadSeconds: number): string {
  const seconds = Math.abs(leadSeconds);
  if (seconds < 1) return "at the same time";
  const length = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  return `${length} ${leadSeconds > 0 ? "earlier" : "later"}`;
}
