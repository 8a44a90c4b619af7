import type { TelemetryEvent } from "../../events/event.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./check-rules.ts";
import type { SequenceMatch } from "./match.ts";
import type { SequenceRule } from "./rule.ts";
import { Sequences } from "./sequences.ts";

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
  const { from, until, maxKeys } = options;
  const endMillis = until === undefined ? Infinity : until * 1_000;
  // Nothing is raised, so that no alert has to end.
  const checked = SEQUENCES.settings(rules).map((rule) => ({ ...rule, effect: "event" as const }));
  const found: SequenceMatch[] = [];
  let nowMillis = from === undefined ? -Infinity : from * 1_000;
  let sequences = nowMillis === -Infinity ? undefined : begin();
  try {
    for await (const event of events) {
      const millis = Date.parse(event.timestamp);
      if (Number.isNaN(millis)) continue;
      if (millis > endMillis) break;
      nowMillis = Math.max(nowMillis, millis);
      sequences ??= begin();
      sequences.advance();
      sequences.offer(event);
      if (found.length > 0) yield* found.splice(0);
    }
    if (endMillis !== Infinity) nowMillis = Math.max(nowMillis, endMillis);
    sequences?.advance();
    yield* found;
  } finally {
    sequences?.close();
  }

  function begin(): Sequences {
    const now = (): number => nowMillis;
    const onMatch = (match: SequenceMatch): void => void found.push(match);
    return new Sequences(SEQUENCES.settled(checked), { now, onMatch, maxKeys });
  }
}
