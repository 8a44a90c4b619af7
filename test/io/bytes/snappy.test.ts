import fc from "fast-check";
import { uncompress } from "snappyjs";
import { expect, test } from "vitest";
import { snappy } from "../../../src/io/bytes/snappy.ts";
import { runs, seed } from "../../kit/test-length.ts";

// Repetitions at all distances, among bytes that do not repeat.
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.nat(400)), { maxLength: 60 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));

test("whatever is compressed, an independent decoder returns it", () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 5_000 }), repetitive), (bytes) => {
      expect(Buffer.from(uncompress(snappy(bytes))).equals(bytes)).toBe(true);
    }),
    { seed, numRuns: runs(200) },
  );
});

test.each([0, 1, 14, 15, 16, 60, 61, 256, 257, 65_535, 65_536, 65_537, 200_000])(
  "%i bytes of noise are returned",
  (length) => {
    let state = 1;
    const bytes = Uint8Array.from({ length }, () => (state = Math.imul(state, 48_271) >>> 0) >>> 24);
    const compressed = snappy(bytes);
    expect(Buffer.from(uncompress(compressed)).equals(bytes)).toBe(true);
    expect(compressed.length).toBeLessThan(length + length / 100 + 16);
  },
);

test("repeated text takes a fraction of its size", () => {
  const text = Buffer.from(
    Array.from({ length: 5_000 }, (_, i) => `http_requests_total{path="/${i}"}`).join(),
  );
  expect(snappy(text).length).toBeLessThan(text.length / 4);
});
