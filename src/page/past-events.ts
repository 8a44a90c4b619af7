// Events that are stored, also from before the process.
import type { TelemetryEvent } from "../events/event.ts";

/** A store of events, the oldest first. */
export interface StoredEvents {
  /** Its last warning since the start of the process. */
  readonly lastWarning: { readonly text: string; readonly timeUnixMillis: number } | undefined;
  events(question: {
    readonly from: number;
    readonly to: number;
    readonly signal: AbortSignal;
  }): AsyncIterable<TelemetryEvent>;
}

// The store reads the oldest first, but the latest are shown: so the range is read in parts from its end.
const FIRST_SHARE = 1 / 64;
const MAX_READ = 20_000;

/** The latest stored events of a range, in Unix seconds: at most `max`, the oldest first. */
export async function latestStored(
  store: StoredEvents,
  { from, to, signal }: { readonly from: number; readonly to: number; readonly signal: AbortSignal },
  max: number,
): Promise<readonly TelemetryEvent[]> {
  let found: TelemetryEvent[] = [];
  let left = MAX_READ;
  let end = to;
  for (let length = (to - from) * FIRST_SHARE; end > from && found.length < max && left > 0; length *= 2) {
    const start = Math.max(from, end - length);
    let part: TelemetryEvent[] = [];
    for await (const event of store.events({ from: start, to: end, signal })) {
      part.push(event);
      if (part.length >= 2 * max) part = part.slice(-max);
      if (--left <= 0) break;
    }
    found = [...part, ...found].slice(-max);
    // Both ends of a range are included.
    end = start - 0.001;
  }
  return found;
}
