// Hash of labels: xxHash64 of their names and values, each after its length, as in Prometheus.
import type { Labels } from "../source.ts";

/** The hash of labels as a share of all hashes: from 0 to 1. */
export function shareOf(labels: Labels): number {
  const parts = Object.entries(labels).flatMap(([label, value]) => [sized(label), sized(value)]);
  return Number(xxHash64(Buffer.concat(parts.flat()))) / 2 ** 64;
}

// Lengths from 255 on have three bytes more.
function sized(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  const size = length < 255 ? [length] : [255, length & 255, (length >>> 8) & 255, length >>> 16];
  return [Buffer.from(size), bytes];
}

const [PRIME_1, PRIME_2, PRIME_3, PRIME_4, PRIME_5]: readonly [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];

const wrapped = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotated = (value: bigint, bits: bigint): bigint => wrapped((value << bits) | (value >> (64n - bits)));
const round = (sum: bigint, input: bigint): bigint =>
  wrapped(rotated(wrapped(sum + input * PRIME_2), 31n) * PRIME_1);
const merged = (sum: bigint, lane: bigint): bigint => wrapped((sum ^ round(0n, lane)) * PRIME_1 + PRIME_4);

function xxHash64(bytes: Buffer): bigint {
  const { length } = bytes;
  let at = 0;
  let hash = PRIME_5;
  if (length >= 32) {
    let lanes = [PRIME_1 + PRIME_2, PRIME_2, 0n, -PRIME_1].map(wrapped);
    for (; at + 32 <= length; at += 32)
      lanes = lanes.map((lane, i) => round(lane, bytes.readBigUInt64LE(at + 8 * i)));
    hash = lanes.reduce((sum, lane, i) => wrapped(sum + rotated(lane, [1n, 7n, 12n, 18n][i] ?? 0n)), 0n);
    hash = lanes.reduce(merged, hash);
  }
  hash = wrapped(hash + BigInt(length));
  for (; at + 8 <= length; at += 8)
    hash = wrapped(rotated(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4);
  if (at + 4 <= length) {
    hash = wrapped(
      rotated(hash ^ wrapped(BigInt(bytes.readUInt32LE(at)) * PRIME_1), 23n) * PRIME_2 + PRIME_3,
    );
    at += 4;
  }
  for (; at < length; at++)
    hash = wrapped(rotated(hash ^ wrapped(BigInt(bytes[at] ?? 0) * PRIME_5), 11n) * PRIME_1);
  hash = wrapped((hash ^ (hash >> 33n)) * PRIME_2);
  hash = wrapped((hash ^ (hash >> 29n)) * PRIME_3);
  return hash ^ (hash >> 32n);
}
