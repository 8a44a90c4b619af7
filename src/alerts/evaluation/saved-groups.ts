// The content of `alerts.json`.
import { assertFileVersion } from "../../io/files/file-version.ts";
import { listOf, number, object, optional, string, texts } from "../saved-json.ts";
import type { ActiveAlert } from "./active-alert.ts";

const VERSION = 1;

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
  return JSON.stringify({ version: VERSION, groups: groupsWithState });
}

// Alerts on a recorded metric need to know whether its rule had data.
function isSaved({ key, seen, alerts }: SavedRule): boolean {
  return alerts.length > 0 || (seen.length > 0 && key.startsWith('["recording"'));
}

function alertJson(alert: SavedAlert): object {
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = alert;
  return { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince };
}

/** Parses the file. @throws Error if it is damaged, of another program, or of a newer version. */
export function savedGroupsFrom(text: string): readonly SavedGroup[] {
  const { version, groups } = object(JSON.parse(text));
  assertFileVersion(version, VERSION);
  return listOf(groups, groupFrom);
}

function groupFrom(given: unknown): SavedGroup {
  const { file, name, lastMillis, rules } = object(given);
  return {
    file: string(file),
    name: string(name),
    lastMillis: number(lastMillis),
    rules: listOf(rules, ruleFrom),
  };
}

function ruleFrom(given: unknown): SavedRule {
  const fields = object(given);
  const key = string(fields["key"]);
  return {
    key,
    stateKey: withoutExpression(key),
    seen: listOf(fields["seen"], number),
    alerts: listOf(fields["alerts"], alertFromSaved),
  };
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

function alertFromSaved(given: unknown): SavedAlert {
  const { labels, annotations, state, value, activeAt, firedAt, resolvedAt, keepFiringSince } = object(given);
  if (state !== "pending" && state !== "firing" && state !== "inactive")
    throw new TypeError("an alert has no state");
  return {
    labels: texts(labels),
    annotations: texts(annotations),
    state,
    // JSON has no NaN and no infinity.
    value: typeof value === "number" ? value : Number.NaN,
    activeAt: number(activeAt),
    firedAt: optional(firedAt, number),
    resolvedAt: optional(resolvedAt, number),
    keepFiringSince: optional(keepFiringSince, number),
    awaitedUntil: undefined,
  };
}
