// The content of `alerts.json`.
import { isObject } from "../../options/check.ts";
import type { ActiveAlert } from "./active-alert.ts";

/** State of a group. Times are Unix milliseconds. */
export interface SavedGroup {
  readonly file: string;
  readonly name: string;
  /** Time of the last evaluation. */
  readonly lastMillis: number | undefined;
  readonly rules: readonly SavedRule[];
}

/** State of a rule. */
export interface SavedRule {
  /** Its `ruleKey`. */
  readonly key: string;
  readonly stateKey: string;
  /** Numbers of the selectors that had series. */
  readonly seen: readonly number[];
  readonly alerts: readonly SavedAlert[];
}

type SavedAlert = Omit<ActiveAlert, "columns">;

/** The content of the file. Groups without alerts are left out. */
export function savedText(groups: readonly SavedGroup[]): string {
  const saved = groups.map(({ file, name, lastMillis, rules }) => ({
    file,
    name,
    lastMillis,
    rules: rules
      .filter(isSaved)
      .map(({ key, seen, alerts }) => ({ key, seen, alerts: alerts.map(alertJson) })),
  }));
  const groupsWithState = saved.filter(
    ({ lastMillis, rules }) => lastMillis !== undefined && rules.length > 0,
  );
  return JSON.stringify({ version: 1, groups: groupsWithState });
}

// Alerts on a recorded metric need to know whether its rule had data.
function isSaved({ key, seen, alerts }: SavedRule): boolean {
  return alerts.length > 0 || (seen.length > 0 && key.startsWith('["recording"'));
}

function alertJson(alert: SavedAlert): object {
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = alert;
  return { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince };
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
  return valid.length === found.length
    ? { key, stateKey: withoutExpression(key), seen, alerts: valid }
    : undefined;
}

function withoutExpression(key: string): string {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? JSON.stringify(parts.toSpliced(2, 1)) : key;
  } catch {
    // The file was written by another program.
    return key;
  }
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
    awaitedUntil: undefined,
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
