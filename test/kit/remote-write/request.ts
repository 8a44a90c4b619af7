/** Requests of Prometheus' remote write, decoded without our own code, and checked by the specification's rules. */
import { uncompress } from "snappyjs";
import { Message } from "../protobuf-message.ts";

/** One series of a request. */
export interface WrittenSeries {
  readonly name: string;
  /** Labels without the name. */
  readonly labels: Readonly<Record<string, string>>;
  /** The one value; a marker of the series' end is `stale`. */
  readonly value: number | "stale" | WrittenHistogram;
  readonly timeUnixMillis: number;
  /** 0 without one. */
  readonly startUnixMillis: number;
  readonly exemplars: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
  /** Type by its number, help and unit; undefined in version 1.0. */
  readonly metadata: { readonly type: number; readonly help: string; readonly unit: string } | undefined;
}

/** A native histogram. */
export interface WrittenHistogram {
  readonly count: number;
  readonly sum: number;
  readonly schema: number;
  readonly zeroCount: number;
  /** Counts by the index of the bucket. */
  readonly positive: Readonly<Record<number, number>>;
  readonly negative: Readonly<Record<number, number>>;
  /** Upper bounds of custom buckets, which are numbered from 0; missing for others. */
  readonly customValues?: readonly number[];
}

const STALE = 0x7ff0_0000_0000_0002n;

/** Decodes a body in version 2.0; throws if it breaks a rule. */
export function decodeSecond(body: Uint8Array): readonly WrittenSeries[] {
  const request = new Message(uncompress(body));
  const symbols = request.strings(4);
  if (symbols[0] !== "") throw new Error("the first symbol is not empty");
  if (new Set(symbols).size !== symbols.length) throw new Error("a symbol is there twice");
  const textOf = (reference: number): string => {
    const text = symbols[reference];
    if (text === undefined) throw new Error(`no symbol ${reference}`);
    return text;
  };
  const labelsOf = (references: readonly number[]): [string, string][] => pairs(references.map(textOf));
  return request.messages(5).map((series) => {
    const metadata = series.message(5);
    return seriesOf(series, labelsOf(series.varints(1)), {
      exemplarLabels: (exemplar) => labelsOf(exemplar.varints(1)),
      histogramField: 3,
      exemplarField: 4,
      metadata: {
        type: Number(metadata.bits(1)),
        help: textOf(Number(metadata.bits(3))),
        unit: textOf(Number(metadata.bits(4))),
      },
    });
  });
}

/** Decodes a body in version 1.0; throws if it breaks a rule. */
export function decodeFirst(body: Uint8Array): readonly WrittenSeries[] {
  const request = new Message(uncompress(body));
  const labelsOf = (message: Message): [string, string][] =>
    message.messages(1).map((label) => [label.string(1), label.string(2)]);
  return request.messages(1).map((series) =>
    seriesOf(series, labelsOf(series), {
      exemplarLabels: labelsOf,
      histogramField: 4,
      exemplarField: 3,
      metadata: undefined,
    }),
  );
}

/** Names of the families that a request in version 1.0 describes. */
export function describedIn(body: Uint8Array): readonly string[] {
  return new Message(uncompress(body)).messages(3).map((metadata) => metadata.string(2));
}

interface Fields {
  readonly exemplarLabels: (exemplar: Message) => [string, string][];
  readonly histogramField: number;
  readonly exemplarField: number;
  readonly metadata: WrittenSeries["metadata"];
}

function seriesOf(series: Message, all: [string, string][], fields: Fields): WrittenSeries {
  checkLabels(all);
  const { __name__: name = "", ...labels } = Object.fromEntries(all);
  const values = [...series.messages(2), ...series.messages(fields.histogramField)];
  const [first] = values;
  if (first === undefined || values.length > 1) throw new Error(`${values.length} values of ${name}`);
  const isHistogram = series.has(fields.histogramField);
  const exemplars = series.messages(fields.exemplarField).map((exemplar) => {
    const labelsOfExemplar = fields.exemplarLabels(exemplar);
    checkLabels(labelsOfExemplar);
    if (exemplar.signed(3) === 0) throw new Error("an exemplar without a time");
    return { labels: Object.fromEntries(labelsOfExemplar), value: exemplar.double(2) ?? 0 };
  });
  return {
    name,
    labels,
    value: isHistogram ? histogramOf(first) : numberOf(first),
    timeUnixMillis: first.signed(isHistogram ? 15 : 2),
    startUnixMillis: first.signed(isHistogram ? 17 : 3),
    exemplars,
    metadata: fields.metadata,
  };
}

function numberOf(sample: Message): number | "stale" {
  return sample.bits(1) === STALE ? "stale" : (sample.double(1) ?? 0);
}

function histogramOf(message: Message): WrittenHistogram {
  const customValues = message.doubles(16);
  return {
    count: message.signed(1),
    sum: message.double(3) ?? 0,
    schema: message.zigzag(4),
    zeroCount: message.signed(6),
    negative: bucketsOf(message.messages(8), message.zigzags(9)),
    positive: bucketsOf(message.messages(11), message.zigzags(12)),
    ...(customValues.length > 0 && { customValues }),
  };
}

function bucketsOf(spans: readonly Message[], deltas: readonly number[]): Readonly<Record<number, number>> {
  const buckets: Record<number, number> = {};
  let index = 0;
  let count = 0;
  let next = 0;
  for (const span of spans) {
    index += span.zigzag(1);
    for (let i = 0; i < Number(span.bits(2)); i++) {
      count += deltas[next++] ?? Number.NaN;
      if (count !== 0) buckets[index] = count;
      index++;
    }
  }
  return buckets;
}

function checkLabels(labels: readonly [string, string][]): void {
  const names = labels.map(([name]) => name);
  if (JSON.stringify(names) !== JSON.stringify(names.toSorted((a, b) => (a < b ? -1 : 1))))
    throw new Error(`labels are not sorted: ${names.join()}`);
  if (new Set(names).size !== names.length) throw new Error(`a label is there twice: ${names.join()}`);
  if (labels.some((pair) => pair.includes(""))) throw new Error("a label is empty");
}

function pairs(texts: readonly string[]): [string, string][] {
  if (texts.length % 2 !== 0) throw new Error("a label without a value");
  return texts.flatMap((text, i) => (i % 2 === 0 ? [[text, texts[i + 1] ?? ""]] : []));
}
