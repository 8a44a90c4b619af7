import type { TelemetryEvent } from "../../events/event.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";
import { CompiledRule } from "./compiled-rule.ts";
import { matchFrom, SEQUENCES_SOURCE, type SequenceMatch } from "./match.ts";
import { Occurrence } from "./occurrence.ts";
import { MAX_KEYS } from "./recent-keys.ts";
import type { SequenceRule } from "./rule.ts";
import { hitsOf, millisOf, nextAbsence, RuleIndex } from "./rule-index.ts";

/** Options of {@link matchStored}. */
export interface MatchStoredOptions {
  /** End in seconds since the epoch: absences before it are matches. By default the time of the last event. */
  readonly until?: number | undefined;
  /** Start in seconds since the epoch, for absences without a key. By default the time of the first event. */
  readonly from?: number | undefined;
  /** @internal Maximum number of partial matches of a rule, for tests. */
  readonly maxKeys?: number | undefined;
}

/**
 * Finds the matches of rules in stored events, oldest first. The result is that of a process that was offered the same
 * events in the order of their times. Events that cannot be read are left out.
 *
 * @throws OptionsError with all problems of the rules.
 * @example
 * for await (const { rule, key } of matchStored(rules, history.events({ from }), { until })) console.log(rule, key);
 */
export async function* matchStored(
  rules: readonly SequenceRule[] | readonly CheckedSequenceRule[],
  events: AsyncIterable<TelemetryEvent>,
  options: MatchStoredOptions = {},
): AsyncGenerator<SequenceMatch, void, undefined> {
  const { from, until = Infinity, maxKeys = MAX_KEYS } = options;
  const checked = SEQUENCES.settings(rules);
  let stored: StoredMatches | undefined = from === undefined ? undefined : begin(from * 1_000);
  let lastMillis = -Infinity;
  for await (const event of events) {
    const millis = millisOf(event.timestamp);
    if (Number.isNaN(millis)) continue;
    if (millis > until * 1_000) break;
    stored ??= begin(millis);
    lastMillis = Math.max(lastMillis, millis);
    yield* stored.absencesBefore(millis);
    yield* stored.take(event, millis);
  }
  stored ??= begin(until * 1_000);
  yield* stored.absencesBefore(until === Infinity ? lastMillis : until * 1_000);

  function begin(startMillis: number): StoredMatches {
    return new StoredMatches(checked, startMillis, maxKeys);
  }
}

class StoredMatches {
  readonly #index: RuleIndex;
  #found: SequenceMatch[] = [];

  constructor(rules: readonly CheckedSequenceRule[], startMillis: number, maxKeys: number) {
    const compile = (rule: CheckedSequenceRule): CompiledRule => {
      const compiled: CompiledRule = new CompiledRule(rule, startMillis, {
        maxKeys,
        matched: (match) => void this.#found.push(matchFrom(compiled, match, 0)),
        recovered: () => {},
        evicted: () => {},
      });
      return compiled;
    };
    this.#index = new RuleIndex(rules.map(compile));
  }

  *absencesBefore(millis: number): Generator<SequenceMatch> {
    while (nextAbsence(this.#index.absences)?.reportBefore(millis) === true) yield* this.#takeFound();
  }

  *take(event: TelemetryEvent, millis: number): Generator<SequenceMatch> {
    const rules = this.#index.rulesOf(event.event_type);
    if (rules.length === 0 || event.source === SEQUENCES_SOURCE) return;
    const hits = hitsOf(event, rules, () => {});
    if (hits.length === 0) return;
    const occurrence = Occurrence.of(event, millis);
    for (const hit of hits) hit.rule.take(hit, occurrence);
    yield* this.#takeFound();
  }

  #takeFound(): readonly SequenceMatch[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }
}
