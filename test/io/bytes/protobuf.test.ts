import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteWriter, ROOM, varintSize, zigzagOf } from "../../../src/io/bytes/writer.ts";
import { ProtobufReader } from "../../../src/io/bytes/protobuf-reader.ts";
import { Message } from "../../kit/protobuf-message.ts";
import { seed } from "../../kit/test-length.ts";

// Integers that doubles represent exactly, and beyond them powers of two with their neighbours.
const unsigned = fc
  .oneof(
    fc.nat(),
    fc.maxSafeInteger().map(Math.abs),
    fc
      .integer({ min: 0, max: 63 })
      .chain((power) => fc.constantFrom(2 ** power, 2 ** power - 1, 2 ** power + 1)),
  )
  .filter((value) => value < 2 ** 64);
const signed = fc
  .tuple(unsigned, fc.boolean())
  .map(([value, isNegative]) => (isNegative && value > 0 ? -value : value))
  .filter((value) => value >= -(2 ** 63) && value < 2 ** 63);

test("numbers are read as they were written, from a buffer that grows", () => {
  const numbers = fc.record({
    unsigned,
    signed,
    sint32: fc.integer(),
    double: fc.double(),
    text: fc.string({ unit: "binary" }),
    list: fc.array(unsigned, { maxLength: 20 }),
  });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 64 }), (given, capacity) => {
      const writer = new ByteWriter(capacity);
      writer.byte(0x08);
      writer.varint(given.unsigned);
      writer.byte(0x10);
      writer.signedVarint(given.signed);
      writer.byte(0x18);
      writer.zigzag(given.sint32);
      writer.byte(0x21);
      writer.double(given.double);
      writer.byte(0x29);
      writer.fixed64(given.unsigned);
      writer.byte(0x31);
      writer.fixed64(given.signed);
      writer.byte(0x3a);
      writer.text(given.text);
      writer.byte(0x42);
      const short = writer.begin();
      writer.reserve(10 * given.list.length);
      for (const item of given.list) writer.varint(item);
      writer.end(short);
      writer.byte(0x4a);
      const long = writer.begin(5);
      writer.reserve(8 * given.list.length);
      for (const item of given.list) writer.double(item);
      writer.end(long, 5);
      writer.packedFixed64(0x52, Float64Array.from([0, ...given.list]), 1, given.list.length);
      writer.packedDoubles(0x5a, given.list);
      const bytes = writer.take();

      // By an independent reader.
      const message = new Message(bytes);
      expect([message.bits(1), message.signed(2), message.zigzag(3), message.double(4)]).toEqual([
        BigInt(given.unsigned),
        given.signed,
        given.sint32,
        given.double,
      ]);
      expect([message.bits(5), message.signed(6), message.string(7)]).toEqual([
        BigInt(given.unsigned),
        given.signed,
        given.text,
      ]);
      expect([message.varints(8), message.doubles(9)]).toEqual([given.list, given.list]);
      expect([message.fixed64s(10), message.doubles(11)]).toEqual([given.list, given.list]);

      const fields = new Map<number, unknown>();
      const reader = new ProtobufReader(bytes);
      while (reader.next()) fields.set(reader.field, readField(reader));
      expect([...fields.values()]).toEqual([
        given.unsigned,
        given.signed,
        given.sint32,
        given.double,
        given.unsigned,
        given.signed,
        given.text,
        given.list,
        given.list,
        given.list,
        given.list,
      ]);
    }),
    { seed },
  );
});

function readField(reader: ProtobufReader): unknown {
  const values: number[] = [];
  switch (reader.field) {
    case 1:
      return reader.varint();
    case 2:
      return reader.signedVarint();
    case 3:
      return reader.zigzag();
    case 4:
      return reader.double();
    case 5:
      return reader.fixed64();
    case 6:
      return reader.signedFixed64();
    case 7:
      return reader.text();
    case 8:
      reader.varints(values);
      return values;
    case 10:
      reader.fixed64s(values);
      return values;
    default:
      reader.doubles(values);
      return values;
  }
}

test("a varint takes as many bytes as `varintSize` returns", () => {
  fc.assert(
    fc.property(unsigned, (value) => {
      const writer = new ByteWriter(16);
      writer.varint(value);
      expect(writer.length).toBe(varintSize(value));
    }),
    { seed },
  );
});

test.each([
  [0, 0],
  [-1, 1],
  [1, 2],
  [2_147_483_647, 4_294_967_294],
  [-2_147_483_648, 4_294_967_295],
])("%i is %i in zigzag", (value, expected) => {
  expect(zigzagOf(value)).toBe(expected);
});

test("numbers without room throw, and no memory beyond the buffer is written", () => {
  const writer = new ByteWriter(0);
  for (let i = 0; i < ROOM / 8; i++) writer.double(i);
  expect(() => writer.byte(1)).toThrow(RangeError);
  expect(() => writer.double(1)).toThrow(RangeError);
});

test("taken bytes are not changed by later writes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 100 })),
      fc.integer({ min: 1, max: 100 }),
      (parts, capacity) => {
        const writer = new ByteWriter(capacity);
        const taken = parts.map((part) => {
          writer.copy(part, 0, part.length);
          return writer.take();
        });
        expect(taken.map((bytes) => [...bytes])).toEqual(parts.map((part) => [...part]));
      },
    ),
    { seed },
  );
});

test("invalid or missing hexadecimal digits are not written", () => {
  const writer = new ByteWriter(1);
  expect([writer.hex("0g", 1), writer.hex("00", 2), writer.hex("zz", 1), writer.hex("00ff", 2)]).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect([...writer.take()]).toEqual([0, 255]);
});

test("lone surrogates are written as U+FFFD", () => {
  const writer = new ByteWriter(1);
  writer.text("a\ud800b");
  expect(Buffer.from(writer.take()).toString()).toBe("\u0005a\ufffdb");
});

test("fields of any wire type that are not read are skipped", () => {
  const writer = new ByteWriter(1);
  for (const tag of [0x08, 0x12, 0x19, 0x25, 0x28]) {
    writer.byte(tag);
    if (tag === 0x12) writer.text("text");
    else if (tag === 0x19) writer.double(1);
    else if (tag === 0x25) for (let i = 0; i < 4; i++) writer.byte(1);
    else writer.varint(300);
  }
  const fields: number[] = [];
  for (const reader = new ProtobufReader(writer.take()); reader.next();) fields.push(reader.field);
  expect(fields).toEqual([1, 2, 3, 4, 5]);
});

test.each([
  ["a varint that ends early", [0x08, 0x80], (reader: ProtobufReader) => reader.varint()],
  [
    "a varint without an end",
    [0x08, ...Array<number>(12).fill(0x80)],
    (reader: ProtobufReader) => reader.varint(),
  ],
  ["bytes that end early", [0x0a, 5, 1, 2], (reader: ProtobufReader) => reader.bytes()],
  ["64 bits that end early", [0x09, 1, 2], (reader: ProtobufReader) => reader.double()],
  ["a string of invalid UTF-8", [0x0a, 1, 0xff], (reader: ProtobufReader) => reader.text()],
  ["a field of another kind", [0x08, 1], (reader: ProtobufReader) => reader.text()],
  ["a skipped field that ends early", [0x0d, 1, 2], (reader: ProtobufReader) => reader.next()],
  ["an unknown wire type", [0x0b], (reader: ProtobufReader) => reader.next()],
])("%s is an error that says so", (_name, bytes, read) => {
  const reader = new ProtobufReader(Uint8Array.from(bytes));
  expect(reader.next()).toBe(true);
  expect(() => read(reader)).toThrow(
    expect.objectContaining({
      name: "ProtobufError",
      code: "TACHYMETER_PROTOBUF",
      message: expect.stringMatching(/^field 1: /),
    }),
  );
});
