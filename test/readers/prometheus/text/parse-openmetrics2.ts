// A parser of OpenMetrics 2.0.0-rc0 after the grammar of its document, which refuses any other text.

export interface Composite {
  readonly count: number;
  readonly sum: number;
  /** Cumulative counts by upper bound. */
  readonly buckets?: ReadonlyMap<number, number>;
  readonly native?: {
    readonly schema: number;
    readonly zeroCount: number;
    /** Counts by index. */
    readonly positive: ReadonlyMap<number, number>;
    readonly negative: ReadonlyMap<number, number>;
  };
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | Composite;
  readonly time: number | undefined;
  readonly start: number | undefined;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly time: number;
  }[];
}

export interface Exposition {
  readonly types: ReadonlyMap<string, string>;
  readonly units: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
}

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)+"`;
const METRIC = `(?:[a-zA-Z_:][a-zA-Z0-9_:]*|${QUOTED})`;
const REAL = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?`;
const NUMBER = `(?:${REAL}|[+-]?(?:Inf|inf)|NaN)`;
const LABEL = String.raw`(?:[a-zA-Z_]\w*|${QUOTED})="(?:[^"\\\n]|\\.)*"`;
const LABELS = String.raw`\{(?:${LABEL}(?:,${LABEL})*)?\}`;
const TYPES = "counter|gauge|histogram|gaugehistogram|stateset|info|summary|unknown";

/** Parses a text. Throws if it violates the grammar, or the rules for families and their lines. */
export function parseOpenMetrics2(text: string): Exposition {
  if (!text.endsWith("# EOF\n")) throw new Error("the text has no end");
  const exposition = {
    types: new Map<string, string>(),
    units: new Map<string, string>(),
    help: new Map<string, string>(),
    samples: new Array<Sample>(),
  };
  let family = "";
  const finished = new Set<string>();
  for (const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const comment = new RegExp(`^# (TYPE|UNIT|HELP) (${METRIC}) (.*)$`, "su").exec(line);
    const sample = comment === null ? sampleOf(line) : undefined;
    const name = sample?.name ?? nameOf(comment![2]!);
    if (name !== family) {
      if (finished.has(name)) throw new Error(`family ${name} is interleaved`);
      finished.add(family);
      family = name;
    }
    if (sample !== undefined) {
      exposition.samples.push(sample);
      continue;
    }
    const [, kind, , content = ""] = comment!;
    if (kind === "TYPE") put(exposition.types, name, matched(content, TYPES));
    else if (kind === "UNIT") put(exposition.units, name, matched(content, "[a-zA-Z0-9_:]*"));
    else put(exposition.help, name, unescaped(content));
  }
  const keys = exposition.samples.map(({ name, labels }) =>
    JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]),
  );
  if (new Set(keys).size !== keys.length) throw new Error("a sample is there twice");
  return exposition;
}

function put(map: Map<string, string>, name: string, text: string): void {
  if (map.has(name)) throw new Error(`a line of ${name} is there twice`);
  map.set(name, text);
}

function matched(text: string, pattern: string): string {
  if (!new RegExp(`^(?:${pattern})$`).test(text)) throw new Error(`"${text}" does not match ${pattern}`);
  return text;
}

function sampleOf(line: string): Sample {
  const exemplar = ` # ${LABELS} ${NUMBER} ${REAL}`;
  const form = new RegExp(
    String.raw`^(?:([a-zA-Z_:][a-zA-Z0-9_:]*)(${LABELS})?|\{(${QUOTED})((?:,${LABEL})*)\}) ` +
      String.raw`(${NUMBER}|\{[^}\s]*\})(?: (${REAL}))?(?: st@(${REAL}))?((?:${exemplar})*)$`,
    "su",
  ).exec(line);
  if (form === null) throw new Error(`not a sample: ${line}`);
  const [, plain, braces = "", quoted = "", more = "", value = "", time, start, exemplars = ""] = form;
  return {
    name: plain ?? nameOf(quoted),
    labels: labelsOf(braces + more),
    value: value.startsWith("{") ? compositeOf(value.slice(1, -1)) : numberOf(value),
    time: time === undefined ? undefined : Number(time),
    start: start === undefined ? undefined : Number(start),
    exemplars: [...exemplars.matchAll(new RegExp(` # (${LABELS}) (${NUMBER}) (${REAL})`, "gsu"))].map(
      ([, labels = "", of = "", at]) => ({ labels: labelsOf(labels), value: numberOf(of), time: Number(at) }),
    ),
  };
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(
    new RegExp(String.raw`([a-zA-Z_]\w*|${QUOTED})="((?:[^"\\\n]|\\.)*)"`, "gsu"),
  )) {
    if (Object.hasOwn(labels, nameOf(name))) throw new Error(`label ${name} is there twice`);
    labels[nameOf(name)] = unescaped(value);
  }
  return labels;
}

const RUN = String.raw`spans:\[((?:-?\d+:\d+(?:,\d+:\d+)*)?)\],`;

function compositeOf(text: string): Composite {
  const list = `(?:${NUMBER}(?:,${NUMBER})*)?`;
  const form = new RegExp(
    `^count:(${NUMBER}),sum:(${NUMBER})` +
      `(?:,schema:(-?\\d+),zero_threshold:${REAL},zero_count:(${NUMBER})` +
      `(?:,negative_${RUN}negative_buckets:\\[(${list})\\])?(?:,positive_${RUN}positive_buckets:\\[(${list})\\])?)?` +
      `(?:,bucket:\\[((?:${NUMBER}:${NUMBER},)*\\+Inf:${NUMBER})\\])?$`,
  ).exec(text);
  if (form === null) throw new Error(`not a composite value: ${text}`);
  const [, count = "", sum = "", schema, zeroCount = "", ...runs] = form;
  const [negativeSpans, negativeBuckets, positiveSpans, positiveBuckets, buckets] = runs;
  if (schema === undefined && buckets === undefined) throw new Error("no buckets");
  return {
    count: numberOf(count),
    sum: numberOf(sum),
    ...(buckets !== undefined && {
      buckets: rising(
        buckets.split(",").map((each) => {
          const [bound = "", value = ""] = each.split(":");
          return [numberOf(bound), numberOf(value)];
        }),
      ),
    }),
    ...(schema !== undefined && {
      native: {
        schema: Number(schema),
        zeroCount: numberOf(zeroCount),
        positive: runOf(positiveSpans, positiveBuckets),
        negative: runOf(negativeSpans, negativeBuckets),
      },
    }),
  };
}

function rising(buckets: readonly [number, number][]): ReadonlyMap<number, number> {
  for (const [i, [bound, count]] of buckets.entries()) {
    const before = buckets[i - 1];
    if (before !== undefined && !(bound > before[0] && count >= before[1])) throw new Error("buckets fall");
  }
  return new Map(buckets);
}

function runOf(spans = "", buckets = ""): ReadonlyMap<number, number> {
  const counts = buckets === "" ? [] : buckets.split(",").map(numberOf);
  const indexes: number[] = [];
  let next = 0;
  for (const span of spans === "" ? [] : spans.split(",")) {
    const [offset = 0, length = 0] = span.split(":").map(Number);
    next += offset;
    for (let i = 0; i < length; i++) indexes.push(next++);
  }
  if (indexes.length !== counts.length) throw new Error("spans and buckets differ in length");
  return new Map(indexes.map((index, i) => [index, counts[i]!]));
}

function nameOf(text: string): string {
  return text.startsWith('"') ? unescaped(text.slice(1, -1)) : text;
}

function numberOf(text: string): number {
  return Number(text.replace(/inf/i, "Infinity"));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gsu, (_, char: string) => (char === "n" ? "\n" : char));
}
