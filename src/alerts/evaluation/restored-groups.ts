// Alerts of a previous process, or of rules before a change, that rules continue.
import { grouped } from "../../query/grouped.ts";
import { ruleKey, stateKey } from "../rules/checked-group.ts";
import type { ActiveAlert } from "./active-alert.ts";
import { AlertingRuleRun } from "./alerting-rule.ts";
import type { RuleGroupRun } from "./rule-group.ts";
import type { SavedGroup, SavedRule } from "./saved-groups.ts";

/**
 * Adds a state to groups, with a step for each group. Rules continue those of their group with the same name and labels:
 * first with the same expression, then with another one. Alerts of removed rules pass to new rules of any group with the same
 * name and labels. Pending ones pass only if the expression is the same, too. Returns the resolved alerts that no rule continues.
 *
 * @param awaitedUntil time until which the alerts are held while data are missing.
 */
export function* restoredGroups(
  groups: readonly RuleGroupRun[],
  saved: readonly SavedGroup[],
  nowMillis: number,
  awaitedUntil?: number,
): Generator<void, readonly ActiveAlert[]> {
  // A file may be given twice: its groups continue each other in their order.
  const byKey = grouped(saved, groupKey);
  const removed: SavedRule[] = [];
  const added: AlertingRuleRun[] = [];
  for (const group of groups) {
    const { rules = [], lastMillis } = byKey.get(groupKey(group.checked))?.shift() ?? {};
    group.lastMillis ??= lastMillis;
    const continued = new Map(matched(group.rules, rules));
    const left = new Set(rules);
    for (const rule of group.rules) {
      const before = continued.get(rule);
      if (before !== undefined) {
        left.delete(before);
        rule.restore(before, awaitedUntil);
      } else if (rule instanceof AlertingRuleRun && rule.alerts.size === 0) added.push(rule);
    }
    removed.push(...left);
    yield;
  }
  for (const { rules } of Array.from(byKey.values()).flat()) removed.push(...rules);
  // Alerts may pass to a group that is not among the saved ones. For them, too, the gap does not count.
  const times = saved.flatMap(({ lastMillis = [] }) => lastMillis);
  if (times.length > 0) for (const group of groups) group.lastMillis ??= Math.max(...times);
  return passedOn(removed, added, nowMillis, awaitedUntil);
}

// Rules with the ones that they continue. Those with the same key continue each other in their order.
function* matched(
  rules: RuleGroupRun["rules"],
  saved: readonly SavedRule[],
): Generator<[RuleGroupRun["rules"][number], SavedRule]> {
  let [after, before] = [rules, saved];
  for (const [keyOf, keyOfSaved] of KEYS) {
    const known = grouped(before, keyOfSaved);
    const others: RuleGroupRun["rules"][number][] = [];
    for (const rule of after) {
      const found = known.get(keyOf(rule.checked))?.shift();
      if (found === undefined) others.push(rule);
      else yield [rule, found];
    }
    after = others;
    before = [...known.values()].flat();
  }
}

function passedOn(
  removed: readonly SavedRule[],
  added: readonly AlertingRuleRun[],
  nowMillis: number,
  awaitedUntil: number | undefined,
): readonly ActiveAlert[] {
  const withAlerts = (
    rule: SavedRule,
    isKept: (alert: SavedRule["alerts"][number]) => boolean,
  ): SavedRule => ({
    ...rule,
    alerts: rule.alerts.filter(isKept),
  });
  let left = removed.map((rule) => withAlerts(rule, ({ state }) => state !== "inactive"));
  for (const [keyOf, keyOfSaved] of KEYS) {
    const successors = grouped(added, ({ checked }) => keyOf(checked));
    left = left.filter((rule) => {
      if (rule.alerts.length === 0) return false;
      const found = successors.get(keyOfSaved(rule)) ?? [];
      // The last one continues all that remain: alerts that it does not find are resolved.
      const successor = found.length > 1 ? found.shift() : found[0];
      successor?.restore(rule, awaitedUntil);
      return successor === undefined;
    });
    left = left.map((rule) => withAlerts(rule, ({ state }) => state === "firing"));
  }
  return left.flatMap(({ alerts }) =>
    alerts.map((alert) => ({
      ...alert,
      state: "inactive",
      resolvedAt: nowMillis,
      keepFiringSince: undefined,
      awaitedUntil: undefined,
      columns: [],
    })),
  );
}

// With the expression, then without it.
const KEYS = [
  [ruleKey, ({ key }: SavedRule) => key],
  [stateKey, (rule: SavedRule) => rule.stateKey],
] as const;

function groupKey({ file, name }: { readonly file: string; readonly name: string }): string {
  return JSON.stringify([file, name]);
}
