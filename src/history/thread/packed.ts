// Samples and events between threads: few buffers in place of many objects.
import type { Sample, StoredEvent } from "../store/stored.ts";

export interface PackedSamples {
  readonly text: string;
  /** Ends of metric, context and a value that is a text. */
  readonly ends: Uint32Array;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

const SAMPLE_TEXTS = 3;

/** @throws RangeError if they exceed the longest text */
export function packedSamples(samples: readonly Sample[]): PackedSamples {
  const ends = new Uint32Array(SAMPLE_TEXTS * samples.length);
  const times = new Float64Array(samples.length);
  const values = new Float64Array(samples.length);
  let text = "";
  let at = 0;
  for (const [i, { metric, timeUnixMillis, value, context = "" }] of samples.entries()) {
    const isText = typeof value === "string";
    times[i] = timeUnixMillis;
    values[i] = isText ? Number.NaN : value;
    ends[at++] = (text += metric).length;
    // JSON is never empty.
    ends[at++] = (text += context).length;
    if (isText) text += value;
    ends[at++] = text.length;
  }
  return { text, ends, times, values };
}

export function unpackedSamples({ text, ends, times, values }: PackedSamples): Sample[] {
  const next = textsOf(text, ends);
  return Array.from(times, (timeUnixMillis, i) => {
    const metric = next();
    const context = next();
    const words = next();
    const number = values[i]!;
    const value = Number.isNaN(number) ? words : number;
    return context === "" ? { metric, timeUnixMillis, value } : { metric, timeUnixMillis, value, context };
  });
}

export interface PackedEvents {
  readonly text: string;
  readonly ends: Uint32Array;
  readonly times: Float64Array;
}

const EVENT_TEXTS = 8;

/** @throws RangeError if they exceed the longest text */
export function packedEvents(events: readonly StoredEvent[]): PackedEvents {
  const ends = new Uint32Array(EVENT_TEXTS * events.length);
  const times = new Float64Array(events.length);
  let text = "";
  let at = 0;
  for (const [i, event] of events.entries()) {
    times[i] = event.timeUnixMillis;
    // Ids are never empty.
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

export function unpackedEvents({ text, ends, times }: PackedEvents): StoredEvent[] {
  const next = textsOf(text, ends);
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

function textsOf(text: string, ends: Uint32Array): () => string {
  let at = 0;
  let begin = 0;
  return () => text.slice(begin, (begin = ends[at++]!));
}
