/** Exemplars of one point as OTLP has them. */
import type { Exemplar } from "../../engine/exemplars/reservoir.ts";
import { ByteWriter } from "../bytes/byte-writer.ts";
import { isInt64, writeAttributes } from "./encode-attributes.ts";
import { writeTime } from "./encode-times.ts";

const FIRST_BYTES = 1024;
const TRACE_ID_SIZE = 16;
const SPAN_ID_SIZE = 8;

/** Encodes the exemplars of a point before the point itself, whose length says how long they are. */
export class ExemplarBlock {
  readonly #block = new ByteWriter(FIRST_BYTES);

  /** Encodes exemplars as fields with this tag; how many bytes {@link write} will write. */
  take(exemplars: readonly Exemplar[], tag: number, isInt: boolean): number {
    this.#block.truncate(0);
    for (const exemplar of exemplars) {
      this.#block.byte(tag);
      this.#writeExemplar(exemplar, isInt);
    }
    return this.#block.length;
  }

  /** Writes what was taken last. */
  write(writer: ByteWriter): void {
    writer.copy(this.#block.bytes, 0, this.#block.length);
  }

  #writeExemplar({ filteredAttributes, timestamp, value, traceId, spanId }: Exemplar, isInt: boolean): void {
    const block = this.#block;
    const begun = block.begin();
    block.byte(0x11);
    writeTime(block, timestamp);
    if (isInt && isInt64(value)) {
      block.byte(0x31);
      block.fixed64(value);
    } else {
      block.byte(0x19);
      block.double(value);
    }
    writeId(block, 0x22, spanId, SPAN_ID_SIZE);
    writeId(block, 0x2a, traceId, TRACE_ID_SIZE);
    writeAttributes(block, 0x3a, filteredAttributes);
    block.end(begun);
  }
}

// A reservoir of the application's may give anything; what is no id is left out.
function writeId(block: ByteWriter, tag: number, digits: string | undefined, size: number): void {
  if (digits === undefined) return;
  const before = block.length;
  block.byte(tag);
  block.byte(size);
  if (!block.hex(digits, size)) block.truncate(before);
}
