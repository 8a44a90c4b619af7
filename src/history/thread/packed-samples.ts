// Single values on their way between threads, packed as events are.
import type { Sample } from "../store/stored.ts";

/** Single values, packed. */
export interface PackedSamples {
  readonly text: string;
  /** Where each one's texts end in `text`: its metric, its context, and its value where that is a text. */
  readonly ends: Uint32Array;
  readonly times: Float64Array;
  /** NaN where the value is a text. */
  readonly values: Float64Array;
}

const TEXTS = 3;

/** @throws RangeError where the texts come to more than one text may have. */
export function packedSamples(samples: readonly Sample[]): PackedSamples {
  const ends = new Uint32Array(TEXTS * samples.length);
  const times = new Float64Array(samples.length);
  const values = new Float64Array(samples.length);
  let text = "";
  let at = 0;
  for (const [i, { metric, timeUnixMillis, value, context = "" }] of samples.entries()) {
    const isText = typeof value === "string";
    times[i] = timeUnixMillis;
    values[i] = isText ? Number.NaN : value;
    ends[at++] = (text += metric).length;
    // JSON is never empty, so that an empty one is none.
    ends[at++] = (text += context).length;
    if (isText) text += value;
    ends[at++] = text.length;
  }
  return { text, ends, times, values };
}

/** The samples that were packed. */
export function unpackedSamples({ text, ends, times, values }: PackedSamples): Sample[] {
  let at = 0;
  let begin = 0;
  const next = (): string => text.slice(begin, (begin = ends[at++]!));
  return Array.from(times, (timeUnixMillis, i) => {
    const metric = next();
    const context = next();
    const words = next();
    const number = values[i]!;
    const value = Number.isNaN(number) ? words : number;
    return context === "" ? { metric, timeUnixMillis, value } : { metric, timeUnixMillis, value, context };
  });
}
