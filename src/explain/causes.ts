// The order of likely causes.
import { lengthText } from "../diagnostics/length-text.ts";
import type { Changes } from "./changes.ts";
import type { PastEvent } from "./past-events.ts";

interface Found {
  readonly functions: readonly string[];
  /** The limit of the container, if it was used up. */
  readonly throttling: readonly string[];
  readonly changes: Changes;
  /** The part that has most of the counted events. */
  readonly counted: readonly string[];
  /** The machine, if other programs keep it busy. */
  readonly machine: readonly string[];
  readonly events: readonly PastEvent[];
  /** Start of the alert, in seconds since the epoch. */
  readonly since: number;
}

// A deployment shows its faults within some minutes. The condition may hold before the sample that shows the start.
const NEAR_SECONDS = 900;
const LATE_SECONDS = 15;
const MAX_CAUSES = 3;

/**
 * The likeliest causes of an alert: functions that were seen, and changes of the application shortly before. Then come a limit of the
 * container that was used up, and series that changed with the alert. After them comes the part of its own metrics that changed, or has
 * most of the counted events. Resources of the process and the machine, and other events are last. The first of each kind comes
 * before further ones.
 */
export function likeliestCauses({
  functions,
  throttling,
  changes,
  counted,
  machine,
  events,
  since,
}: Found): readonly string[] {
  const near = events.filter(({ time }) => time <= since + LATE_SECONDS && time >= since - NEAR_SECONDS);
  const textOf = ({ text, time }: PastEvent): string =>
    `${text}, ${lengthText(Math.max(0, Math.round(since - time)))} before`;
  const kinds: readonly (readonly string[])[] = [
    functions,
    near.filter(({ isChange }) => isChange).map(textOf),
    throttling,
    changes.causes,
    changes.where.length > 0 ? changes.where : counted,
    changes.resources,
    machine,
    restarts(near, textOf),
  ];
  const firsts = kinds.flatMap(([first]) => first ?? []);
  return [...firsts, ...kinds.flatMap(([, ...others]) => others)].slice(0, MAX_CAUSES);
}

// Several starts are one cause.
function restarts(near: readonly PastEvent[], textOf: (event: PastEvent) => string): readonly string[] {
  const others = near.filter(({ isChange }) => !isChange);
  const [latest] = others;
  if (latest === undefined) return [];
  const alike = others.filter(({ text }) => text === latest.text);
  return [`${alike.length > 1 ? `${alike.length} times: ` : ""}${textOf(latest)}`];
}
