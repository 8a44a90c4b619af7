// Exemplars of a point.
import type { Exemplar } from "../../../engine/exemplars/reservoir.ts";
import type { ByteWriter } from "../../../io/bytes/writer.ts";
import { isInt64, writeAttributes } from "./attributes.ts";
import { writeTime } from "./times.ts";

const TRACE_ID_SIZE = 16;
const SPAN_ID_SIZE = 8;

/** Writes an `Exemplar`, its length first. */
export function writeExemplar(writer: ByteWriter, exemplar: Exemplar, isInt: boolean): void {
  const { filteredAttributes, timestamp, value, traceId, spanId } = exemplar;
  const begun = writer.begin();
  writer.byte(0x11);
  writeTime(writer, timestamp);
  if (isInt && isInt64(value)) {
    writer.byte(0x31);
    writer.fixed64(value);
  } else {
    writer.byte(0x19);
    writer.double(value);
  }
  writeId(writer, 0x22, spanId, SPAN_ID_SIZE);
  writeId(writer, 0x2a, traceId, TRACE_ID_SIZE);
  writeAttributes(writer, 0x3a, filteredAttributes);
  writer.end(begun);
}

// A reservoir of the application's may give anything; what is no id is left out.
function writeId(writer: ByteWriter, tag: number, digits: string | undefined, size: number): void {
  if (digits === undefined) return;
  const before = writer.length;
  writer.byte(tag);
  writer.byte(size);
  if (!writer.hex(digits, size)) writer.truncate(before);
}
