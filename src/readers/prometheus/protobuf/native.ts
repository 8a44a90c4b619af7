// Native histograms in protobuf.
import type { BucketRun, NativeHistogram } from "../../../translation/native-buckets.ts";
import type { Body } from "../document/body.ts";
import type { ClassicHistogram } from "../document/format-kit.ts";
import { endOfSpan, isPopulated, nextPopulated, ZERO_THRESHOLD } from "../document/native-spans.ts";
import { ANY_LENGTH, OpenMessage, writeDouble, writeVarint, writeZigzag } from "./bytes.ts";

const OWN_BYTES = 64;
const CUSTOM_SCHEMA = -53;
const MAX_SPAN_BYTES = 16;
const MAX_DELTA_BYTES = 10;
// The length of the longest message whose length takes two bytes.
const LONGEST_OF_TWO = 2 ** 14 - 1;

const deltas = new OpenMessage();

/** Tags of the fields of a native histogram, which differ between the formats; deltas follow their spans. */
export interface NativeTags {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly negative: number;
  readonly positive: number;
}

/** Tags of the fields of a native histogram with custom buckets. */
export interface CustomTags extends Pick<NativeTags, "count" | "sum" | "schema" | "positive"> {
  readonly customValues: number;
}

/** Writes the fields of a native `Histogram`. */
export function writeNative(body: Body, histogram: NativeHistogram, tags: NativeTags): void {
  const { schema, count, sum, zeroCount, positive, negative } = histogram;
  writeHead(body, count, sum, schema, tags);
  body.byte(tags.zeroThreshold);
  writeDouble(body, ZERO_THRESHOLD);
  body.byte(tags.zeroCount);
  writeVarint(body, zeroCount);
  // Prometheus numbers a bucket by its upper boundary, so spans begin after -1.
  writeRun(body, negative, tags.negative, -1);
  writeRun(body, positive, tags.positive, -1);
  // Parsers recognize a native histogram by a span, even an empty one.
  if (!isPopulated(negative) && !isPopulated(positive)) writeSpan(body, tags.positive, 0, 0);
}

// Counts of the last histogram with custom buckets.
let customCounts = new Float64Array(32);

/** Writes the fields of a native `Histogram` with the boundaries of a classic one, which has a sum. */
export function writeCustom(body: Body, histogram: ClassicHistogram, tags: CustomTags): void {
  const { length, bounds, cumulativeCounts, count, sum = Number.NaN } = histogram;
  if (customCounts.length <= length) customCounts = new Float64Array(2 * length + 1);
  for (let i = 0; i <= length; i++)
    customCounts[i] = (i < length ? cumulativeCounts[i]! : count) - (i === 0 ? 0 : cumulativeCounts[i - 1]!);
  const run = { counts: customCounts, base: 0, first: 0, last: length };
  while (run.first <= run.last && customCounts[run.first] === 0) run.first++;
  while (run.last >= run.first && customCounts[run.last] === 0) run.last--;
  writeHead(body, count, sum, CUSTOM_SCHEMA, tags);
  writeRun(body, run, tags.positive, 0);
  body.reserve(OWN_BYTES + 8 * length);
  writeVarint(body, tags.customValues);
  writeVarint(body, 8 * length);
  for (let i = 0; i < length; i++) writeDouble(body, bounds[i]!);
}

// Makes room for the fields of fixed length, too.
function writeHead(
  body: Body,
  count: number,
  sum: number,
  schema: number,
  tags: Pick<NativeTags, "count" | "sum" | "schema">,
): void {
  body.reserve(OWN_BYTES);
  body.byte(tags.count);
  writeVarint(body, count);
  body.byte(tags.sum);
  writeDouble(body, sum);
  body.byte(tags.schema);
  writeZigzag(body, schema);
}

// Writes the buckets of one sign. The tag of the deltas follows that of the spans, which count from `begin`.
function writeRun(body: Body, run: BucketRun, spanTag: number, begin: number): void {
  if (!isPopulated(run)) return;
  const { first, last } = run;
  let end = begin;
  for (let from = first; from <= last; from = nextPopulated(run, end)) {
    const gap = from - end;
    end = endOfSpan(run, from);
    writeSpan(body, spanTag, gap, end - from);
  }
  body.reserve(1);
  body.byte(spanTag + 8);
  deltas.begin(body, MAX_DELTA_BYTES * (last - first + 1) > LONGEST_OF_TWO ? ANY_LENGTH : 2);
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
      // Nearly all deltas take one or two bytes.
      if (delta < 64 && delta >= -64) body.byte((delta << 1) ^ (delta >> 31));
      else writeZigzag(body, delta);
    }
    from = nextPopulated(run, end);
  }
}
