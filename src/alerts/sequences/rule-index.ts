// The rules by the types of their events.
import type { TelemetryEvent } from "../../events/event.ts";
import type { CompiledRule, Hit } from "./compiled-rule.ts";

/** The rules by the types of their events, so that an event that concerns none costs one look. */
export class RuleIndex {
  /** Rules whose absences have deadlines. */
  readonly absences: readonly CompiledRule[];
  readonly #byType = new Map<string, readonly CompiledRule[]>();
  /** Rules that any type can concern. */
  readonly #general: readonly CompiledRule[];

  constructor(rules: readonly CompiledRule[]) {
    this.absences = rules.filter(({ rule }) => rule.sequence.kind === "absence");
    this.#general = rules.filter(({ types }) => types === undefined);
    const types = new Set(rules.flatMap((rule) => [...(rule.types ?? [])]));
    for (const type of types)
      this.#byType.set(
        type,
        rules.filter((rule) => rule.types?.has(type) ?? true),
      );
  }

  /** The rules that an event of this type can concern. */
  rulesOf(type: string): readonly CompiledRule[] {
    return this.#byType.get(type) ?? this.#general;
  }
}

/** The parts of an event that the rules need. `onUnreadable` is called once if a getter of the event throws. */
export function hitsOf(
  event: TelemetryEvent,
  rules: readonly CompiledRule[],
  onUnreadable: (error: unknown) => void,
): readonly Hit[] {
  const hits: Hit[] = [];
  let failure: { readonly error: unknown } | undefined;
  for (const rule of rules) {
    try {
      const hit = rule.hitOf(event);
      if (hit !== undefined) hits.push(hit);
    } catch (error) {
      failure = { error };
    }
  }
  if (failure !== undefined) onUnreadable(failure.error);
  return hits;
}

/** The rule with the earliest deadline. */
export function nextAbsence(absences: readonly CompiledRule[]): CompiledRule | undefined {
  let next: CompiledRule | undefined;
  for (const rule of absences)
    if (rule.nextDeadlineMillis < (next?.nextDeadlineMillis ?? Infinity)) next = rule;
  return next;
}

let lastText = "";
let lastMillis = Number.NaN;

/** Time of an event in milliseconds since the epoch. Caches the last one, since events come in bursts. */
export function millisOf(timestamp: string): number {
  if (timestamp === lastText) return lastMillis;
  lastMillis = Date.parse(timestamp);
  lastText = timestamp;
  return lastMillis;
}
