// The content of `alerts.json`.
import { isObject } from "../../options/check.ts";
import { ruleKey } from "../rules/checked-group.ts";
import { grouped } from "../../query/grouped.ts";
import type { ActiveAlert } from "./active-alert.ts";
import { AlertingRule } from "./alerting-rule.ts";
import type { RuleGroupRun } from "./rule-group.ts";
import type { EndedRule } from "./take-over.ts";

/** Saved state of a group. Times are Unix milliseconds. */
export interface SavedGroup {
  readonly file: string;
  readonly name: string;
  readonly lastMillis: number;
  readonly rules: readonly SavedRule[];
}

interface SavedRule {
  readonly key: string;
  /** Numbers of the selectors that had series. */
  readonly seen: readonly number[];
  readonly alerts: readonly SavedAlert[];
}

type SavedAlert = Omit<ActiveAlert, "columns" | "awaitedUntil">;

/** Time for which restored alerts are held while no data fit them. */
export const AWAITED_MILLIS = 3_600_000;

/** The content of the file. */
export function savedText(groups: readonly RuleGroupRun[]): string {
  const saved = groups.map((group) => savedGroupOf(group)).filter((each) => each !== undefined);
  return JSON.stringify({ version: 1, groups: saved });
}

/** The state of a group; `undefined` without alerts. */
function savedGroupOf({ checked, lastMillis, rules }: RuleGroupRun): SavedGroup | undefined {
  const saved = rules.flatMap((rule) => {
    const alerts =
      rule instanceof AlertingRule ? [...rule.alerts.values()].map((alert) => savedAlertOf(alert)) : [];
    // Alerts on a recorded metric need to know whether its rule had data.
    if (alerts.length === 0 && (rule instanceof AlertingRule || rule.data.seen.length === 0)) return [];
    return [{ key: ruleKey(rule.checked), seen: rule.data.seen, alerts }];
  });
  if (lastMillis === undefined || saved.length === 0) return undefined;
  return { file: checked.file, name: checked.name, lastMillis, rules: saved };
}

function savedAlertOf(alert: ActiveAlert): SavedAlert {
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = alert;
  return { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince };
}

/**
 * Adds saved alerts to a group. They are held until there are data that fit them, at most an hour. An alert that the
 * group has already stays, unless it is pending. Returns the rules that were removed.
 */
export function restoreGroup(
  group: RuleGroupRun,
  saved: SavedGroup,
  nowMillis: number,
): readonly EndedRule[] {
  group.lastMillis ??= saved.lastMillis;
  const byKey = grouped(saved.rules, ({ key }) => key);
  for (const rule of group.rules) {
    const found = byKey.get(ruleKey(rule.checked))?.shift();
    if (found === undefined) continue;
    rule.data.seen = found.seen;
    if (!(rule instanceof AlertingRule)) continue;
    for (const alert of found.alerts) {
      const labelsKey = JSON.stringify(alert.labels);
      const own = rule.alerts.get(labelsKey);
      if (own !== undefined && (own.state !== "pending" || alert.state === "inactive")) continue;
      rule.alerts.set(labelsKey, {
        ...alert,
        columns: own?.columns ?? [],
        awaitedUntil: alert.state === "inactive" ? undefined : nowMillis + AWAITED_MILLIS,
      });
    }
  }
  return [...byKey.values()].flat().map((rule) => endedRule(rule, nowMillis));
}

/** A saved rule that was removed. */
export function endedRule({ key, seen, alerts }: SavedRule, nowMillis: number): EndedRule {
  const active = alerts.filter(({ state }) => state !== "inactive");
  const restored = { awaitedUntil: undefined, columns: [] };
  const resolved = { state: "inactive", resolvedAt: nowMillis } as const;
  return {
    key,
    seen,
    alerts: active.map((alert) => ({ ...alert, ...restored, ...(alert.state === "firing" && resolved) })),
  };
}

/** Parses the file. @throws Error if it is damaged, or of another program. */
export function savedGroupsFrom(text: string): readonly SavedGroup[] {
  const content: unknown = JSON.parse(text);
  if (!isObject(content) || content["version"] !== 1 || !Array.isArray(content["groups"]))
    throw new TypeError("it is of another program or version");
  const groups = content["groups"].map((group: unknown) => groupFrom(group));
  const valid = groups.filter((group) => group !== undefined);
  if (valid.length < groups.length) throw new TypeError("a field has another form");
  return valid;
}

function groupFrom(given: unknown): SavedGroup | undefined {
  if (!isObject(given)) return undefined;
  const { file, name, lastMillis, rules } = given;
  if (typeof file !== "string" || typeof name !== "string" || !isTime(lastMillis) || !Array.isArray(rules))
    return undefined;
  const found = rules.map((rule: unknown) => ruleFrom(rule));
  const valid = found.filter((rule) => rule !== undefined);
  return valid.length === found.length ? { file, name, lastMillis, rules: valid } : undefined;
}

function ruleFrom(given: unknown): SavedRule | undefined {
  if (!isObject(given)) return undefined;
  const { key, seen, alerts } = given;
  if (typeof key !== "string" || !Array.isArray(alerts) || !isNumbers(seen)) return undefined;
  const found = alerts.map((alert: unknown) => alertFromSaved(alert));
  const valid = found.filter((alert) => alert !== undefined);
  return valid.length === found.length ? { key, seen, alerts: valid } : undefined;
}

function alertFromSaved(given: unknown): SavedAlert | undefined {
  if (!isObject(given)) return undefined;
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = given;
  if (!isTexts(labels) || !isTexts(annotations) || !isTime(activeAt)) return undefined;
  if (state !== "pending" && state !== "firing" && state !== "inactive") return undefined;
  if (!isOptionalTime(firedAt) || !isOptionalTime(resolvedAt) || !isOptionalTime(keepFiringSince))
    return undefined;
  return {
    labels,
    annotations,
    state,
    // JSON has no NaN and no infinity.
    value: typeof value === "number" ? value : Number.NaN,
    activeAt,
    firedAt,
    resolvedAt,
    keepFiringSince,
  };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isOptionalTime(value: unknown): value is number | undefined {
  return value === undefined || isTime(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isInteger(each));
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === "string");
}
