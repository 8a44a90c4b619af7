// Events on their way between threads: their texts in one, which is copied several times as fast as an object each.
import type { StoredEvent } from "../store/stored.ts";

/** Events, packed. */
export interface PackedEvents {
  readonly text: string;
  /** Where each of an event's texts ends in `text`. */
  readonly ends: Uint32Array;
  readonly times: Float64Array;
}

const TEXTS = 8;

/** @throws RangeError where the texts come to more than one text may have. */
export function packedEvents(events: readonly StoredEvent[]): PackedEvents {
  const ends = new Uint32Array(TEXTS * events.length);
  const times = new Float64Array(events.length);
  let text = "";
  let at = 0;
  for (const [i, event] of events.entries()) {
    times[i] = event.timeUnixMillis;
    // No id is empty, so that an empty one is none.
    const { id, type, source, data, labels, metadata, traceId = "", spanId = "" } = event;
    ends[at++] = (text += id).length;
    ends[at++] = (text += type).length;
    ends[at++] = (text += source).length;
    ends[at++] = (text += data).length;
    ends[at++] = (text += labels).length;
    ends[at++] = (text += metadata).length;
    ends[at++] = (text += traceId).length;
    ends[at++] = (text += spanId).length;
  }
  return { text, ends, times };
}

/** The events that were packed. */
export function unpackedEvents({ text, ends, times }: PackedEvents): StoredEvent[] {
  let at = 0;
  let begin = 0;
  const next = (): string => text.slice(begin, (begin = ends[at++]!));
  return Array.from(times, (timeUnixMillis) => {
    const id = next();
    const type = next();
    const source = next();
    const data = next();
    const labels = next();
    const metadata = next();
    const traceId = next();
    const spanId = next();
    const event = { id, type, source, timeUnixMillis, data, labels, metadata };
    if (traceId === "" && spanId === "") return event;
    return { ...event, ...(traceId !== "" && { traceId }), ...(spanId !== "" && { spanId }) };
  });
}
