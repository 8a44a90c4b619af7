// Alerts of removed rules that new rules continue, such as those of a rule whose expression or file has changed.
import type { ActiveAlert } from "./active-alert.ts";
import type { AlertingRule } from "./alerting-rule.ts";
import { ruleKey, stateKey } from "../rules/checked-group.ts";
import { grouped } from "../../query/grouped.ts";

/** A removed rule. */
export interface EndedRule {
  /** Its `ruleKey`. */
  readonly key: string;
  /** Numbers of the selectors that had series. */
  readonly seen: readonly number[];
  /** Alerts that fired to the end, as resolved ones, and those that were pending. */
  readonly alerts: readonly ActiveAlert[];
}

/**
 * Passes the alerts of removed rules on to rules with the same name and labels. Those with the same expression come first,
 * and only they get pending alerts. Returns the resolved alerts that no rule continues.
 *
 * @param awaitedUntil time until which the alerts are held while data are missing.
 */
export function takeOver(
  ended: readonly EndedRule[],
  rules: readonly AlertingRule[],
  awaitedUntil?: number,
): readonly ActiveAlert[] {
  let left = ended;
  for (const [keyOf, keyOfRule] of KEYS) {
    if (left.length === 0) break;
    const heirs = grouped(rules, (rule) => keyOfRule(rule.checked));
    left = left.filter(({ key, seen, alerts }) => {
      if (alerts.length === 0) return false;
      const found = heirs.get(keyOf(key)) ?? [];
      // The last one continues all that remain: alerts that it does not find are resolved.
      const heir = found.length > 1 ? found.shift() : found[0];
      if (heir === undefined) return true;
      if (ruleKey(heir.checked) === key) heir.data.seen = seen;
      for (const alert of alerts) heir.continue({ ...alert, awaitedUntil });
      return false;
    });
    left = left.map((rule) => ({ ...rule, alerts: rule.alerts.filter(({ state }) => state !== "pending") }));
  }
  return left.flatMap(({ alerts }) => alerts);
}

// The keys of removed rules, and of rules.
const KEYS = [
  [(key: string) => key, ruleKey],
  [withoutExpression, stateKey],
] as const;

function withoutExpression(key: string): string {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? JSON.stringify(parts.toSpliced(2, 1)) : key;
  } catch {
    // The file was written by another program.
    return key;
  }
}
