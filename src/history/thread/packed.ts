// Samples and events packed into few buffers instead of many objects.
import type { Sample, StoredEvent } from "../store/stored.ts";

export interface PackedEvents {
  /** Concatenation of all texts. */
  readonly text: string;
  /** The end of each text. */
  readonly ends: Uint32Array;
  readonly times: Float64Array;
}

export interface PackedSamples extends PackedEvents {
  /** NaN for texts. */
  readonly values: Float64Array;
}

/** @throws RangeError if the texts exceed the maximum length of a string */
export function packedSamples(samples: readonly Sample[]): PackedSamples {
  const values = Float64Array.from(samples, ({ value }) => (typeof value === "string" ? Number.NaN : value));
  const texts = packed(samples, 3, ({ metric, context = "", value }, add) => {
    add(metric);
    // Empty if missing, because JSON is never empty.
    add(context);
    add(typeof value === "string" ? value : "");
  });
  return { ...texts, values };
}

export function unpackedSamples({ values, times, ...texts }: PackedSamples): Sample[] {
  const next = textsIn(texts);
  return Array.from(times, (timeUnixMillis, i) => {
    const [metric, context, words] = [next(), next(), next()];
    const number = values[i]!;
    const value = Number.isNaN(number) ? words : number;
    return context === "" ? { metric, timeUnixMillis, value } : { metric, timeUnixMillis, value, context };
  });
}

/** @throws RangeError if the texts exceed the maximum length of a string */
export function packedEvents(events: readonly StoredEvent[]): PackedEvents {
  return packed(events, 8, (event, add) => {
    add(event.id);
    add(event.type);
    add(event.source);
    add(event.data);
    add(event.labels);
    add(event.metadata);
    // Empty if missing, because ids are never empty.
    add(event.traceId ?? "");
    add(event.spanId ?? "");
  });
}

export function unpackedEvents({ times, ...texts }: PackedEvents): StoredEvent[] {
  const next = textsIn(texts);
  return Array.from(times, (timeUnixMillis) => {
    const [id, type, source] = [next(), next(), next()];
    const [data, labels, metadata] = [next(), next(), next()];
    const [traceId, spanId] = [next(), next()];
    const event = { id, type, source, timeUnixMillis, data, labels, metadata };
    return { ...event, ...(traceId !== "" && { traceId }), ...(spanId !== "" && { spanId }) };
  });
}

// @param write adds `width` texts
function packed<Item extends { readonly timeUnixMillis: number }>(
  items: readonly Item[],
  width: number,
  write: (item: Item, add: (part: string) => void) => void,
): PackedEvents {
  const ends = new Uint32Array(width * items.length);
  const times = new Float64Array(items.length);
  let text = "";
  let at = 0;
  const add = (part: string): void => {
    text += part;
    ends[at++] = text.length;
  };
  for (const [i, item] of items.entries()) {
    times[i] = item.timeUnixMillis;
    write(item, add);
  }
  return { text, ends, times };
}

// Returns a function that returns the texts in order.
function textsIn({ text, ends }: Omit<PackedEvents, "times">): () => string {
  let at = 0;
  let begin = 0;
  return () => text.slice(begin, (begin = ends[at++]!));
}
