// Samples in Prometheus' text format or in OpenMetrics.
import type { Labels } from "../../../query/index.ts";

/** A series of a text, with its value. */
export interface TextSample {
  readonly labels: Labels;
  readonly value: number;
  /** Whether it is a count or sum since its beginning, by the type of its metric. */
  readonly isCumulative: boolean;
}

const NAME = /^([^\s{}"#]+)\s*/;
const LABEL = /^\s*(?:([^\s=,{}"]+)|"((?:[^"\\]|\\.)*)")(?:\s*(=\s*"((?:[^"\\]|\\.)*)"))?\s*(?:,|(?=\}))/s;
const VALUE = /^\s*(\S+)/;
const TYPE = /^#\s*TYPE\s+(?:"((?:[^"\\]|\\.)*)"|(\S+))\s+(\S+)/;
// Suffixes of the cumulative samples, by type.
const CUMULATIVE: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ["counter", ["", "_total"]],
  ["histogram", ["_bucket", "_count", "_sum"]],
  ["summary", ["_count", "_sum"]],
]);

/**
 * Parses the samples of a text. Other comments than types, times and exemplars are left out, as are lines that are not samples. Labels
 * that are not escaped correctly make a line invalid.
 */
export function* samplesIn(text: string): Generator<TextSample> {
  let cumulative: ReadonlySet<string> = new Set();
  for (let start = 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const end = found === -1 ? text.length : found;
    const line = text.slice(start, end);
    if (line.startsWith("#")) cumulative = cumulativeNames(line) ?? cumulative;
    const sample = line.startsWith("#") ? undefined : sampleOf(line);
    if (sample !== undefined)
      yield { ...sample, isCumulative: cumulative.has(sample.labels["__name__"] ?? "") };
    start = end + 1;
  }
}

// Names of cumulative samples after a line with a type.
function cumulativeNames(line: string): ReadonlySet<string> | undefined {
  const [, quoted, plain, type] = TYPE.exec(line) ?? [];
  if (type === undefined) return undefined;
  const name = plain ?? unescaped(quoted ?? "");
  return new Set(CUMULATIVE.get(type)?.map((suffix) => name + suffix));
}

function sampleOf(line: string): Omit<TextSample, "isCumulative"> | undefined {
  const [head = "", name] = NAME.exec(line) ?? [];
  let rest = line.slice(head.length);
  const pairs: [string, string][] = name === undefined ? [] : [["__name__", name]];
  if (rest.startsWith("{")) {
    rest = rest.slice(1).trimStart();
    while (rest !== "" && !rest.startsWith("}")) {
      const [whole, plain, quoted, hasValue, value = ""] = LABEL.exec(rest) ?? [];
      if (whole === undefined) return undefined;
      const label = plain ?? unescaped(quoted ?? "");
      // A quoted name without a value is that of the metric.
      if (hasValue === undefined) pairs.push(["__name__", label]);
      else if (value !== "") pairs.push([label, unescaped(value)]);
      rest = rest.slice(whole.length).trimStart();
    }
    if (rest === "") return undefined;
    rest = rest.slice(1);
  }
  const [, number] = VALUE.exec(rest) ?? [];
  const value = number === undefined ? undefined : valueFrom(number);
  if (value === undefined || pairs[0]?.[0] !== "__name__") return undefined;
  // Sources of queries sort the labels.
  return { labels: Object.fromEntries(pairs.toSorted(([one], [other]) => (one < other ? -1 : 1))), value };
}

function valueFrom(text: string): number | undefined {
  const special = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (special !== null) return special[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function unescaped(text: string): string {
  return text.includes("\\")
    ? text.replaceAll(/\\(.)/gs, (_, character: string) => (character === "n" ? "\n" : character))
    : text;
}
