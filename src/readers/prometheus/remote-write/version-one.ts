// Requests of version 1.0, for receivers that do not support 2.0.
import { ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";
import { ByteWriter, ROOM, varintSize } from "../../../io/bytes/writer.ts";

// Series between two steps.
const STEP = 128;
const START_OF_SAMPLE = 0x18;
const START_OF_HISTOGRAM = 0x88;
const SYMBOLS = 4;
const SERIES = 5;
const HISTOGRAM_TYPE = 3;
const HISTOGRAM_ENDINGS = /_(?:bucket|sum|count)$/;
const NAME_LABEL = Buffer.from("__name__");

/**
 * Converts a `io.prometheus.write.v2.Request` of our encoder to a `prometheus.WriteRequest`, in steps. Start times are
 * left out, since 1.0 has none. The messages within a series are the same, except for labels and metadata.
 */
export function* versionOneSteps(request: Uint8Array): Generator<void, Uint8Array> {
  const conversion = new Conversion(request.length);
  const reader = new ProtobufReader(request);
  let count = 0;
  while (reader.next()) {
    if (reader.field === SYMBOLS) conversion.symbols.push(reader.bytes());
    else if (reader.field === SERIES) {
      conversion.series(reader.message());
      if (++count % STEP === 0) yield;
    }
  }
  return conversion.finish();
}

class Conversion {
  readonly symbols: Uint8Array[] = [];
  readonly #writer: ByteWriter;
  readonly #metadata = new ByteWriter(4_096);
  // Families, and references of the names of series.
  readonly #described = new Set<string | number>();
  #nameLabel: number | undefined;

  constructor(length: number) {
    this.#writer = new ByteWriter(2 * length);
  }

  series(series: ProtobufReader): void {
    const writer = this.#writer;
    writer.reserve(ROOM);
    writer.byte(0x0a);
    const begun = writer.begin(2);
    let name: number | undefined;
    while (series.next()) {
      if (series.field === 1) name = this.#labelsOf(series.bytes());
      else if (series.field === 2) this.#message(0x12, withoutStart(series.bytes(), START_OF_SAMPLE, 1));
      else if (series.field === 3) this.#message(0x22, withoutStart(series.bytes(), START_OF_HISTOGRAM, 2));
      else if (series.field === 4) this.#exemplar(series.message());
      else if (series.field === 5 && name !== undefined) this.#describe(series.message(), name);
    }
    writer.end(begun, 2);
  }

  finish(): Uint8Array {
    this.#writer.copy(this.#metadata.bytes, 0, this.#metadata.length);
    return this.#writer.take();
  }

  // Returns the reference of the series' name.
  #labelsOf(packed: Uint8Array): number | undefined {
    this.#nameLabel ??= this.symbols.findIndex((symbol) => NAME_LABEL.equals(symbol));
    let name: number | undefined;
    let label: number | undefined;
    for (let at = 0; at < packed.length;) {
      let reference = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = packed[at++]!;
        reference |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      if (label === undefined) label = reference;
      else {
        this.#label(label, reference);
        if (label === this.#nameLabel) name = reference;
        label = undefined;
      }
    }
    return name;
  }

  #label(nameReference: number, valueReference: number): void {
    const writer = this.#writer;
    const name = this.#symbol(nameReference);
    const value = this.#symbol(valueReference);
    writer.reserve(ROOM);
    writer.byte(0x0a);
    writer.varint(2 + varintSize(name.length) + name.length + varintSize(value.length) + value.length);
    writeBytes(writer, 0x0a, name);
    writeBytes(writer, 0x12, value);
  }

  #exemplar(exemplar: ProtobufReader): void {
    const writer = this.#writer;
    writer.reserve(ROOM);
    writer.byte(0x1a);
    const begun = writer.begin(2);
    while (exemplar.next()) {
      if (exemplar.field === 1) this.#labelsOf(exemplar.bytes());
      else if (exemplar.field === 2) {
        writer.reserve(ROOM);
        writer.byte(0x11);
        writer.double(exemplar.double());
      } else if (exemplar.field === 3) {
        writer.reserve(ROOM);
        writer.byte(0x18);
        writer.varint(exemplar.varint());
      }
    }
    writer.end(begun, 2);
  }

  #describe(metadata: ProtobufReader, name: number): void {
    if (this.#described.has(name)) return;
    this.#described.add(name);
    let type = 0;
    let help = 0;
    let unit = 0;
    while (metadata.next()) {
      if (metadata.field === 1) type = metadata.varint();
      else if (metadata.field === 3) help = metadata.varint();
      else if (metadata.field === 4) unit = metadata.varint();
    }
    const own = Buffer.from(this.#symbol(name)).toString();
    const family = type === HISTOGRAM_TYPE ? own.replace(HISTOGRAM_ENDINGS, "") : own;
    if (help === 0 || this.#described.has(family)) return;
    this.#described.add(family);
    const writer = this.#metadata;
    writer.reserve(ROOM);
    writer.byte(0x1a);
    const begun = writer.begin();
    writer.byte(0x08);
    writer.byte(type);
    writeBytes(writer, 0x12, Buffer.from(family));
    writeBytes(writer, 0x22, this.#symbol(help));
    if (unit !== 0) writeBytes(writer, 0x2a, this.#symbol(unit));
    writer.end(begun);
  }

  #message(tag: number, content: Uint8Array): void {
    writeBytes(this.#writer, tag, content);
  }

  #symbol(reference: number): Uint8Array {
    return this.symbols[reference] ?? new Uint8Array();
  }
}

// The encoder writes the start time first.
function withoutStart(message: Uint8Array, tag: number, tagBytes: number): Uint8Array {
  if (message[0] !== tag) return message;
  let at = tagBytes;
  while (message[at]! >= 0x80) at++;
  return message.subarray(at + 1);
}

function writeBytes(writer: ByteWriter, tag: number, bytes: Uint8Array): void {
  writer.reserve(ROOM);
  writer.byte(tag);
  writer.varint(bytes.length);
  writer.copy(bytes, 0, bytes.length);
}
