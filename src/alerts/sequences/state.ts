// Partial matches and alerts as JSON, so that they survive a restart.
import { isObject } from "../../options/check.ts";
import type { CompiledRule, RuleState } from "./compiled-rule.ts";
import { isMillis, occurrenceFrom, type OccurrenceState, occurrenceState } from "./occurrence.ts";
import type { AlertState, RuleAlerts } from "./rule-alerts.ts";
import type { Waiting } from "./waiting-hits.ts";

/** State of `Sequences`: plain JSON. */
export interface SequencesState {
  readonly version: 1;
  /** Time of the state, in milliseconds since the epoch, plus `skew`. */
  readonly time: number;
  /** Milliseconds by which the clock was set back since the start. */
  readonly skew: number;
  readonly rules: readonly (RuleState & { readonly alerts: readonly AlertState[] })[];
  readonly waiting: readonly WaitingState[];
}

type WaitingState = readonly [occurrence: OccurrenceState, hits: readonly HitState[]];
type HitState = readonly [rule: string, key: string, patterns: number, value: string];

/** Maximum number of partial matches in a state, shared evenly by the rules. The newest are kept. */
const MAX_PARTIALS = 100_000;

type Alerts = ReadonlyMap<CompiledRule, RuleAlerts>;

/** Returns the state as JSON. */
export function stateOf(
  rules: readonly CompiledRule[],
  alerts: Alerts,
  waiting: Waiting,
  time: number,
  skew: number,
): SequencesState {
  const share = Math.floor(MAX_PARTIALS / Math.max(rules.length, 1));
  return {
    version: 1,
    time,
    skew,
    rules: rules.map((rule) => {
      const state = rule.state();
      return { ...state, partials: state.partials.slice(-share), alerts: alerts.get(rule)?.state() ?? [] };
    }),
    waiting: Array.from(waiting, ({ occurrence, hits }) => [
      occurrenceState(occurrence),
      hits.map(({ rule, key, patterns, value }) => [rule.rule.id, key, patterns, value]),
    ]),
  };
}

/**
 * Restores a state from JSON. Damaged parts are left out. Returns its time and skew, or `undefined` if it is not a state.
 */
export function readState(
  given: unknown,
  rules: readonly CompiledRule[],
  alerts: Alerts,
  waiting: Waiting,
): { readonly timeMillis: number; readonly skewMillis: number } | undefined {
  if (!isObject(given) || given["version"] !== 1) return undefined;
  const { time, skew } = given;
  if (!isMillis(time) || !isMillis(skew) || !Array.isArray(given["rules"])) return undefined;
  const byId = new Map(rules.map((rule) => [rule.rule.id, rule]));
  for (const each of given["rules"]) {
    if (!isObject(each) || typeof each["id"] !== "string") continue;
    const rule = byId.get(each["id"]);
    const { id, last, partials } = each;
    if (rule === undefined || !Array.isArray(partials) || !(last === null || isMillis(last))) continue;
    rule.restore({ id, last, partials });
    for (const alert of Array.isArray(each["alerts"]) ? each["alerts"] : [])
      alerts.get(rule)?.restore(alert, (key) => rule.keys.labels(key));
  }
  for (const each of Array.isArray(given["waiting"]) ? given["waiting"] : [])
    restoreWaiting(each, byId, waiting);
  return { timeMillis: time, skewMillis: skew };
}

function restoreWaiting(given: unknown, byId: ReadonlyMap<string, CompiledRule>, waiting: Waiting): void {
  if (!Array.isArray(given)) return;
  const [state, hits]: unknown[] = given;
  const occurrence = occurrenceFrom(state);
  if (occurrence === undefined || !Array.isArray(hits)) return;
  const restored = hits.flatMap((hit: unknown) => {
    if (!Array.isArray(hit)) return [];
    const [id, key, patterns, value]: unknown[] = hit;
    const rule = typeof id === "string" ? byId.get(id) : undefined;
    const isValid = typeof key === "string" && typeof patterns === "number" && typeof value === "string";
    return rule !== undefined && isValid ? [{ rule, key, patterns, value }] : [];
  });
  if (restored.length > 0) waiting.add({ occurrence, hits: restored });
}
