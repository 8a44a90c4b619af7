// Times that rules need samples of.
import { spansOf } from "../../query/evaluation/spans.ts";
import type { CheckedGroup, CheckedRule } from "./checked-group.ts";

const LOOKBACK_MILLIS = 300_000;
const HOUR_MILLIS = 3_600_000;

/** Time for which a rule needs samples, in whole hours; `undefined` if it is not above the hour that is in memory. */
export function reachHours({ expression }: CheckedRule): number | undefined {
  const starts = [...spansOf(expression, { start: 0, end: 0 }, LOOKBACK_MILLIS).values()].map(
    ({ start }) => -start,
  );
  const reach = Math.max(0, ...starts);
  return reach > HOUR_MILLIS ? Math.ceil(reach / HOUR_MILLIS) : undefined;
}

/** Message for a process without a history, with the rules that need one; `undefined` without any. */
export function reachMessage(groups: readonly CheckedGroup[]): string | undefined {
  const names = groups.flatMap(({ rules }) =>
    rules.filter((rule) => reachHours(rule) !== undefined).map(({ name }) => name),
  );
  if (names.length === 0) return undefined;
  const shown = [...new Set(names)];
  const others = shown.length > MAX_SHOWN ? ` and ${shown.length - MAX_SHOWN} more` : "";
  const listed = shown.slice(0, MAX_SHOWN).join(", ") + others;
  return `alerts: samples are kept for an hour without a history, but these rules need older ones: ${listed}; set option history`;
}

const MAX_SHOWN = 10;
