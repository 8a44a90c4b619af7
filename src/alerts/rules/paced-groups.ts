// Intervals of generated rules, so that rules whose alerts wait for long do not take time of each evaluation.
import { durationMillis } from "./duration.ts";
import type { Rule, RuleGroup } from "./rule.ts";

// Two minutes at most: recorded values are used for five minutes, also if an evaluation is missing.
const PACES = [
  { interval: "2m", leastMillis: 3_600_000 },
  { interval: "1m", leastMillis: 600_000 },
] as const;

/**
 * Splits a group by `for`. From an hour on, rules are evaluated every two minutes, and from ten minutes on every minute. At
 * these two paces, `for` is exceeded by a tenth at most. Others have the default interval. Recording rules are in the group
 * of the alerting rule that follows them, the last ones in that of the default interval.
 *
 * @param leastSeconds The default interval. Rules are not split off for an interval that is not longer: they may use what
 *   others of the group record.
 */
export function pacedGroups({ name, rules }: RuleGroup, leastSeconds = 0): readonly RuleGroup[] {
  const groups = new Map<string | undefined, Rule[]>();
  let recordings: Rule[] = [];
  const add = (interval: string | undefined, added: readonly Rule[]): void => {
    groups.set(interval, [...(groups.get(interval) ?? []), ...added]);
  };
  for (const rule of rules) {
    recordings.push(rule);
    if ("record" in rule) continue;
    add(intervalOf(rule.for, leastSeconds), recordings);
    recordings = [];
  }
  if (recordings.length > 0) add(undefined, recordings);
  // The interval comes first, since an objective's name may end in anything.
  return [...groups].map(([interval, own]) =>
    interval === undefined ? { name, rules: own } : { name: `${interval}-${name}`, interval, rules: own },
  );
}

function intervalOf(wait: unknown, leastSeconds: number): string | undefined {
  const millis = durationMillis(wait) ?? 0;
  const pace = PACES.find(({ leastMillis }) => millis >= leastMillis);
  const isRarer = (durationMillis(pace?.interval) ?? 0) > leastSeconds * 1_000;
  return isRarer ? pace?.interval : undefined;
}
