// Partial matches and alerts as JSON, so that they survive a restart.
import { isObject } from "../../options/check.ts";
import type { CompiledRule, Hit, RuleState } from "./compiled-rule.ts";
import { isMillis, type Occurrence, occurrenceFrom, occurrenceState } from "./occurrence.ts";
import type { AlertState } from "./rule-alerts.ts";

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

interface SequenceRuleState extends RuleState {
  readonly alerts: readonly AlertState[];
  /** Events that wait for late ones: occurrence, key, patterns and value. */
  readonly waiting: readonly unknown[];
}

/** An event that waits, with the rules that it concerns. */
export interface WaitingHits {
  readonly occurrence: Occurrence;
  readonly hits: readonly Hit[];
}

// Maximum number of partial matches in a state, shared evenly by the rules. The newest are kept.
const MAX_PARTIALS = 100_000;

/** Returns the state as JSON. */
export function stateOf(
  rules: readonly CompiledRule[],
  waiting: readonly WaitingHits[],
  head: StateHead,
): SequencesState {
  return { ...head, rules: rules.map((rule) => ruleStateOf(rule, rules.length, waiting)) };
}

/** Returns the text of the state in steps: one for each rule, since rules are independent of one another. */
export function* stateTextOf(
  rules: readonly CompiledRule[],
  waiting: readonly WaitingHits[],
  head: StateHead,
): Generator<void, string> {
  const texts: string[] = [];
  for (const rule of rules) {
    yield;
    texts.push(JSON.stringify(ruleStateOf(rule, rules.length, waiting)));
  }
  return `${JSON.stringify(head).slice(0, -1)},"rules":[${texts.join(",")}]}`;
}

function ruleStateOf(rule: CompiledRule, rules: number, waiting: readonly WaitingHits[]): SequenceRuleState {
  const state = rule.state();
  return {
    ...state,
    partials: state.partials.slice(-Math.floor(MAX_PARTIALS / rules)),
    alerts: rule.alerts?.state() ?? [],
    waiting: waiting.flatMap(({ occurrence, hits }) =>
      hits
        .filter((hit) => hit.rule === rule)
        .map(({ key, patterns, value }) => [occurrenceState(occurrence), key, patterns, value]),
    ),
  };
}

/**
 * Restores partial matches and alerts from JSON. Damaged parts are left out. Returns the rest of the state, or `undefined`
 * if it is not a state.
 */
export function readState(
  given: unknown,
  rules: readonly CompiledRule[],
): (Pick<StateHead, "time" | "skew"> & { readonly waiting: readonly WaitingHits[] }) | undefined {
  if (!isObject(given) || given["version"] !== 1) return undefined;
  const { time, skew } = given;
  if (!isMillis(time) || !isMillis(skew) || !Array.isArray(given["rules"])) return undefined;
  const waiting: WaitingHits[] = [];
  for (const each of given["rules"].filter(isObject)) {
    const rule = rules.find((known) => known.rule.id === each["id"]);
    const { last, partials } = each;
    if (rule === undefined || !Array.isArray(partials) || !(last === null || isMillis(last))) continue;
    rule.restore({ id: rule.rule.id, last, partials });
    for (const alert of listOf(each["alerts"])) rule.alerts?.restore(alert, rule.keys, skew);
    for (const state of listOf(each["waiting"])) waiting.push(...waitingHit(state, rule));
  }
  return { time, skew, waiting };
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

function waitingHit(given: unknown, rule: CompiledRule): readonly WaitingHits[] {
  const [state, key, patterns, value] = listOf(given);
  const occurrence = occurrenceFrom(state);
  if (occurrence === undefined || typeof key !== "string") return [];
  if (typeof patterns !== "number" || typeof value !== "string") return [];
  return [{ occurrence, hits: [{ rule, key, patterns, value }] }];
}

function listOf(given: unknown): readonly unknown[] {
  return Array.isArray(given) ? given : [];
}
