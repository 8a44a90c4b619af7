// Partial matches and alerts as JSON, so that they survive a restart.
import { isObject } from "../../options/check.ts";
import type { CompiledRule, Hit, RuleState } from "./compiled-rule.ts";
import {
  isMillis,
  type Occurrence,
  occurrenceFrom,
  type OccurrenceState,
  occurrenceState,
} from "./occurrence.ts";
import type { AlertState, RuleAlerts } from "./rule-alerts.ts";
import type { Waiting } from "./waiting-hits.ts";

/** State of `Sequences`: plain JSON. */
export interface SequencesState extends StateHead {
  readonly rules: readonly SequenceRuleState[];
}

interface StateHead {
  readonly version: 1;
  /** Time of the state, in milliseconds since the epoch, plus `skew`. */
  readonly time: number;
  /** Milliseconds by which the clock was set back since the start. */
  readonly skew: number;
}

/** State of one rule. */
export interface SequenceRuleState extends RuleState {
  readonly alerts: readonly AlertState[];
  /** Events that wait for late ones. */
  readonly waiting: readonly WaitingState[];
}

type WaitingState = readonly [occurrence: OccurrenceState, key: string, patterns: number, value: string];

/** Maximum number of partial matches in a state, shared evenly by the rules. The newest are kept. */
const MAX_PARTIALS = 100_000;

/** The parts of `Sequences` that have a state. */
export interface StatefulParts {
  readonly rules: readonly CompiledRule[];
  readonly alerts: ReadonlyMap<CompiledRule, RuleAlerts>;
  readonly waiting: Waiting;
}

/** Returns the state as JSON. */
export function stateOf(parts: StatefulParts, time: number, skew: number): SequencesState {
  return { version: 1, time, skew, rules: parts.rules.map((rule) => ruleStateOf(rule, parts)) };
}

/** Returns the text of the state in steps: one for each rule, since rules are independent of one another. */
export function* stateTextOf(parts: StatefulParts, time: number, skew: number): Generator<void, string> {
  const texts: string[] = [];
  for (const rule of parts.rules) {
    yield;
    texts.push(JSON.stringify(ruleStateOf(rule, parts)));
  }
  const head: StateHead = { version: 1, time, skew };
  return `${JSON.stringify(head).slice(0, -1)},"rules":[${texts.join(",")}]}`;
}

function ruleStateOf(rule: CompiledRule, { rules, alerts, waiting }: StatefulParts): SequenceRuleState {
  const state = rule.state();
  const own: WaitingState[] = [];
  for (const { occurrence, hits } of waiting) {
    for (const { rule: concerned, key, patterns, value } of hits)
      if (concerned === rule) own.push([occurrenceState(occurrence), key, patterns, value]);
  }
  const partials = state.partials.slice(-Math.floor(MAX_PARTIALS / rules.length));
  return { ...state, partials, alerts: alerts.get(rule)?.state() ?? [], waiting: own };
}

/**
 * Restores a state from JSON. Damaged parts are left out. Returns its time and skew, or `undefined` if it is not a state.
 */
export function readState(
  given: unknown,
  { rules, alerts, waiting }: StatefulParts,
): { readonly timeMillis: number; readonly skewMillis: number } | undefined {
  if (!isObject(given) || given["version"] !== 1) return undefined;
  const { time, skew } = given;
  if (!isMillis(time) || !isMillis(skew) || !Array.isArray(given["rules"])) return undefined;
  const byId = new Map(rules.map((rule) => [rule.rule.id, rule]));
  const restored: { occurrence: Occurrence; hit: Hit }[] = [];
  for (const each of given["rules"]) {
    if (!isObject(each) || typeof each["id"] !== "string") continue;
    const rule = byId.get(each["id"]);
    const { id, last, partials } = each;
    if (rule === undefined || !Array.isArray(partials) || !(last === null || isMillis(last))) continue;
    rule.restore({ id, last, partials });
    for (const alert of listOf(each["alerts"]))
      alerts.get(rule)?.restore(alert, (key) => rule.keys.labels(key), skew);
    for (const state of listOf(each["waiting"])) {
      const hit = waitingHit(state, rule);
      if (hit !== undefined) restored.push(hit);
    }
  }
  for (const { occurrence, hit } of restored) waiting.add({ occurrence, hits: [hit] });
  return { timeMillis: time, skewMillis: skew };
}

/**
 * Adds the state of another process to that of this one. If both have a key, the entry of this process counts, except for
 * a start without an event. Damaged parts are left to `readState`.
 */
export function mergedState(other: unknown, own: SequencesState): object {
  if (!isObject(other) || other["version"] !== 1) return own;
  const others = new Map(listOf(other["rules"]).map((rule) => [isObject(rule) ? rule["id"] : "", rule]));
  const rules = own.rules.map((rule) => {
    const found = others.get(rule.id);
    if (!isObject(found)) return rule;
    return {
      id: rule.id,
      last: isMillis(found["last"]) ? Math.max(found["last"], rule.last ?? -Infinity) : rule.last,
      partials: mergedEntries(listOf(found["partials"]), rule.partials, isStart),
      alerts: mergedEntries(listOf(found["alerts"]), rule.alerts, () => false),
      waiting: [...listOf(found["waiting"]), ...rule.waiting],
    };
  });
  return { ...own, rules };
}

// In the order of their last times, as forms need them.
function mergedEntries(
  others: readonly unknown[],
  own: readonly unknown[],
  isReplaced: (entry: readonly unknown[]) => boolean,
): readonly unknown[] {
  const byKey = new Map<unknown, readonly unknown[]>();
  for (const entry of others) if (Array.isArray(entry)) byKey.set(entry[0], entry);
  for (const entry of own)
    if (Array.isArray(entry) && !(byKey.has(entry[0]) && isReplaced(entry))) byKey.set(entry[0], entry);
  const timed = [...byKey.values()].map((entry) => ({ entry, millis: lastMillisOf(entry) }));
  return timed.toSorted((a, b) => a.millis - b.millis).map(({ entry }) => entry);
}

// The start of the process, from which an absence without a key is counted.
function isStart([, state]: readonly unknown[]): boolean {
  return typeof state === "number";
}

// The other numbers of an entry, such as counts, are smaller than times.
function lastMillisOf(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce((last, each) => Math.max(last, lastMillisOf(each)), -Infinity);
  return typeof value === "number" ? value : -Infinity;
}

function waitingHit(given: unknown, rule: CompiledRule): { occurrence: Occurrence; hit: Hit } | undefined {
  if (!Array.isArray(given)) return undefined;
  const [state, key, patterns, value]: unknown[] = given;
  const occurrence = occurrenceFrom(state);
  if (occurrence === undefined || typeof key !== "string") return undefined;
  if (typeof patterns !== "number" || typeof value !== "string") return undefined;
  return { occurrence, hit: { rule, key, patterns, value } };
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}
