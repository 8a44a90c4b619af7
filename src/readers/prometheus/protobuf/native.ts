// Native histograms of `io.prometheus.client`: spans of populated buckets, and the differences of their counts.
import type { BucketRun, NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Body } from "../document/body.ts";
import { ANY_LENGTH, OpenMessage, writeDouble, writeVarint, writeZigzag } from "./bytes.ts";

// OpenTelemetry's default for histograms without one.
const ZERO_THRESHOLD = 1e-128;
// At most so many empty buckets cost less than another span.
const MAX_GAP = 2;
const OWN_BYTES = 64;
const MAX_SPAN_BYTES = 16;
const MAX_DELTA_BYTES = 10;
// The longest message whose length takes two bytes.
const LONGEST_SHORT = 2 ** 14 - 1;

const deltas = new OpenMessage();

/** Writes the fields of a native `Histogram`. */
export function writeNative(body: Body, histogram: NativeHistogram): void {
  const { schema, count, sum, zeroCount, positive, negative } = histogram;
  body.reserve(OWN_BYTES);
  body.byte(0x08);
  writeVarint(body, count);
  body.byte(0x11);
  writeDouble(body, sum);
  body.byte(0x28);
  writeZigzag(body, schema);
  body.byte(0x31);
  writeDouble(body, ZERO_THRESHOLD);
  body.byte(0x38);
  writeVarint(body, zeroCount);
  writeRun(body, negative, 0x4a);
  writeRun(body, positive, 0x62);
  // Readers recognize a native histogram by a span, even an empty one.
  if (!isPopulated(negative) && !isPopulated(positive)) writeSpan(body, 0x62, 0, 0);
}

function isPopulated({ first, last }: BucketRun): boolean {
  return first <= last;
}

// The tag of the deltas comes after that of the spans.
function writeRun(body: Body, run: BucketRun, spanTag: number): void {
  if (!isPopulated(run)) return;
  const { first, last } = run;
  // Prometheus numbers a bucket by its upper boundary: spans begin after -1.
  let end = -1;
  for (let from = first; from <= last; from = nextPopulated(run, end)) {
    const gap = from - end;
    end = endOfSpan(run, from);
    writeSpan(body, spanTag, gap, end - from);
  }
  body.reserve(1);
  body.byte(spanTag + 8);
  deltas.begin(body, MAX_DELTA_BYTES * (last - first + 1) > LONGEST_SHORT ? ANY_LENGTH : 2);
  writeDeltas(body, run);
  deltas.end(body);
}

function writeSpan(body: Body, tag: number, offset: number, length: number): void {
  body.reserve(MAX_SPAN_BYTES);
  body.byte(tag);
  const at = body.at++;
  body.byte(0x08);
  writeZigzag(body, offset);
  body.byte(0x10);
  writeVarint(body, length);
  body.bytes[at] = body.at - at - 1;
}

function writeDeltas(body: Body, run: BucketRun): void {
  const { counts, base, first, last } = run;
  let before = 0;
  for (let from = first; from <= last;) {
    const end = endOfSpan(run, from);
    body.reserve(MAX_DELTA_BYTES * (end - from));
    for (let i = from; i < end; i++) {
      const count = counts[base + i]!;
      const delta = count - before;
      before = count;
      // Nearly all take one or two bytes.
      if (delta < 64 && delta >= -64) body.byte((delta << 1) ^ (delta >> 31));
      else writeZigzag(body, delta);
    }
    from = nextPopulated(run, end);
  }
}

// The end of the span that begins with a populated bucket.
function endOfSpan({ counts, base, last }: BucketRun, from: number): number {
  let end = from + 1;
  for (let i = end; i <= last && i - end <= MAX_GAP; i++) if (counts[base + i] !== 0) end = i + 1;
  return end;
}

// Beyond the last if there is none.
function nextPopulated({ counts, base, last }: BucketRun, from: number): number {
  let next = from;
  while (next <= last && counts[base + next] === 0) next++;
  return next;
}
