// Incremental JSON of many or long attributes.
import { createHash } from "node:crypto";
import type { Interner } from "../engine/series/interner.ts";
import { sortedSteps } from "../io/sorted-steps.ts";
import { piecesOf } from "../translation/label-steps.ts";
import { isLong, jsonPieces } from "../translation/label-value.ts";

// Characters per step.
const PIECE_LENGTH = 64 * 1024;
// Pairs per step.
const STEP = 4096;

export interface LongAttributes {
  /** UTF-8 with sorted keys. */
  readonly pieces: readonly ArrayBuffer[];
  /** Differs if the attributes differ, including NaN and infinities, which are `null` in JSON. */
  readonly digest: string;
}

export function* attributesJson(ids: Int32Array, interner: Interner): Generator<void, LongAttributes> {
  const pieces: ArrayBuffer[] = [];
  const hash = createHash("sha256");
  const encoder = new TextEncoder();
  const add = (piece: string): void => {
    const bytes = encoder.encode(piece);
    hash.update(bytes);
    // The buffer is transferred, so it must not be shared.
    pieces.push(bytes.buffer);
  };
  let text = "{";
  let oddNumbers = "";
  let isFirst = true;
  for (const id of yield* sortedIds(ids, interner)) {
    const value = interner.valueOf(id);
    const key = JSON.stringify(interner.keyOf(id));
    if (typeof value === "number" && !Number.isFinite(value)) oddNumbers += `${key}:${value}`;
    text += `${isFirst ? "" : ","}${key}:`;
    isFirst = false;
    for (const piece of valuePieces(value)) {
      text += piece;
      if (text.length < PIECE_LENGTH) continue;
      add(text);
      text = "";
      yield;
    }
  }
  add(`${text}}`);
  return { pieces, digest: hash.update(oddNumbers).digest("base64") };
}

function* sortedIds(ids: Int32Array, interner: Interner): Generator<void, readonly number[]> {
  const unsorted: number[] = [];
  for (const id of ids) if (unsorted.push(id) % STEP === 0) yield;
  return yield* sortedSteps(unsorted, (left, right) => {
    const [leftKey, rightKey] = [interner.keyOf(left), interner.keyOf(right)];
    return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0;
  });
}

function* valuePieces(value: unknown): Generator<string> {
  if (typeof value !== "string" || !isLong(value)) {
    yield* jsonPieces(value, (part) => JSON.stringify(part));
    return;
  }
  yield '"';
  for (const piece of piecesOf(value)) yield JSON.stringify(piece).slice(1, -1);
  yield '"';
}
