// Samples and events between threads: few buffers in place of many objects.
import type { Sample, StoredEvent } from "../store/stored.ts";

export interface PackedEvents {
  /** All texts, one after the other. */
  readonly text: string;
  /** Where each of them ends. */
  readonly ends: Uint32Array;
  readonly times: Float64Array;
}

export interface PackedSamples extends PackedEvents {
  /** NaN for texts. */
  readonly values: Float64Array;
}

/** @throws RangeError if they exceed the longest text */
export function packedSamples(samples: readonly Sample[]): PackedSamples {
  // JSON is never empty.
  const textsOf = ({ metric, context = "", value }: Sample): string[] => [
    metric,
    context,
    typeof value === "string" ? value : "",
  ];
  const values = Float64Array.from(samples, ({ value }) => (typeof value === "string" ? Number.NaN : value));
  return { ...packed(samples, 3, textsOf), values };
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

/** @throws RangeError if they exceed the longest text */
export function packedEvents(events: readonly StoredEvent[]): PackedEvents {
  // Ids are never empty.
  return packed(events, 8, ({ id, type, source, data, labels, metadata, traceId = "", spanId = "" }) => [
    id,
    type,
    source,
    data,
    labels,
    metadata,
    traceId,
    spanId,
  ]);
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

function packed<Item extends { readonly timeUnixMillis: number }>(
  items: readonly Item[],
  width: number,
  textsOf: (item: Item) => readonly string[],
): PackedEvents {
  const ends = new Uint32Array(width * items.length);
  let text = "";
  let at = 0;
  for (const item of items) for (const each of textsOf(item)) ends[at++] = (text += each).length;
  return { text, ends, times: Float64Array.from(items, ({ timeUnixMillis }) => timeUnixMillis) };
}

// Returns the texts one after the other.
function textsIn({ text, ends }: Omit<PackedEvents, "times">): () => string {
  let at = 0;
  let begin = 0;
  return () => text.slice(begin, (begin = ends[at++]!));
}
