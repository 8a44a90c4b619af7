// Attributes of OTLP's `KeyValue`s.
import type { Attributes } from "@opentelemetry/api";
import type { ProtobufReader } from "../../../io/bytes/protobuf-reader.ts";

/** Reads a `KeyValue` into `attributes`; an empty value is `null`. */
export function readAttribute(pair: ProtobufReader, attributes: Attributes): void {
  readPair(pair, attributes);
}

// Also into the objects that API 1.10 takes as attributes' values.
function readPair(pair: ProtobufReader, into: object): void {
  let key = "";
  let value: unknown = null;
  while (pair.next()) {
    if (pair.field === 1) key = pair.text();
    else if (pair.field === 2) value = readAnyValue(pair.message());
  }
  // A plain assignment would set the prototype where the key is `__proto__`.
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

function readAnyValue(message: ProtobufReader): unknown {
  let value: unknown = null;
  while (message.next()) value = readValue(message);
  return value;
}

function readValue(message: ProtobufReader): unknown {
  switch (message.field) {
    case 1:
      return message.text();
    case 2:
      return message.varint() !== 0;
    case 3:
      return message.signedVarint();
    case 4:
      return message.double();
    case 5:
      return readArray(message.message());
    case 6:
      return readObject(message.message());
    case 7:
      return Uint8Array.from(message.bytes());
    default:
      return null;
  }
}

function readArray(message: ProtobufReader): unknown[] {
  const items: unknown[] = [];
  while (message.next()) if (message.field === 1) items.push(readAnyValue(message.message()));
  return items;
}

function readObject(message: ProtobufReader): object {
  const pairs = {};
  while (message.next()) if (message.field === 1) readPair(message.message(), pairs);
  return pairs;
}
