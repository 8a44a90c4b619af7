// The labels of one series, built in steps between which the event loop may run: a series may have a million attributes.
import { createHash, type Hash } from "node:crypto";
import type { Interner } from "../engine/series/interner.ts";
import { escapeLabelValue } from "./snapshot-document.ts";
import type { LabelNames } from "./escape-name.ts";
import type { KeyedLabel, Label } from "./family.ts";
import { sortedSteps } from "../io/sorted-steps.ts";
import { valueSteps } from "./label-value.ts";

// Labels per step.
const STEP = 128;
// Characters of a value per step.
const PIECE_LENGTH = 32 * 1024;

/** The labels of attribute pairs, in their order. An attribute with the `reserved` name gets the prefix `exported_`. */
export function* pairLabels(
  ids: Int32Array,
  interner: Interner,
  names: LabelNames,
  reserved: string | undefined,
): Generator<undefined, KeyedLabel[]> {
  const labels: KeyedLabel[] = [];
  for (const id of ids) {
    const key = interner.keyOf(id);
    const name = names.nameOf(key);
    const value = yield* valueSteps(interner.valueOf(id));
    labels.push({ key, name: name === reserved ? `exported_${name}` : name, value });
    if (labels.length % STEP === 0) yield;
  }
  return labels;
}

/** The labels sorted by name, with labels of the same name joined into one. */
export function* joinedSteps(labels: readonly KeyedLabel[]): Generator<undefined, readonly KeyedLabel[]> {
  const sorted = yield* sortedSteps(labels, byName);
  const joined: KeyedLabel[] = [];
  for (let from = 0, to = 1; from < sorted.length; from = to++) {
    while (to < sorted.length && sorted[to]!.name === sorted[from]!.name) if (++to % STEP === 0) yield;
    joined.push(to === from + 1 ? sorted[from]! : yield* joinedToOne(sorted.slice(from, to)));
    if (joined.length % STEP === 0) yield;
  }
  return joined;
}

/** Identifies a series within its family: its labels as text, or a hash if the text is long. */
export function* keySteps(labels: readonly Label[]): Generator<undefined, string> {
  let text = "";
  let hash: Hash | undefined;
  let isFirst = true;
  for (const { name, value } of labels) {
    // Prometheus treats an empty label as absent.
    if (value === "") continue;
    if (!isFirst) text += ",";
    isFirst = false;
    for (const piece of textPieces(name, value)) {
      text += piece;
      if (text.length <= PIECE_LENGTH) continue;
      hash = (hash ?? createHash("sha256")).update(text.toWellFormed());
      text = "";
      yield;
    }
  }
  return hash === undefined ? text.toWellFormed() : hash.update(text.toWellFormed()).digest("base64");
}

/** A label as the text formats write it, `name="value"`; a long value is split into several pieces. */
export function* textPieces(name: string, value: Label["value"]): Generator<string> {
  const text = String(value);
  if (text.length <= PIECE_LENGTH) {
    yield `${name}="${escapeLabelValue(text)}"`;
    return;
  }
  yield `${name}="`;
  for (const piece of piecesOf(text)) yield escapeLabelValue(piece);
  yield '"';
}

/** A text in pieces, split between characters. */
export function* piecesOf(text: string): Generator<string> {
  for (let from = 0, to = 0; from < text.length; from = to) {
    to = from + PIECE_LENGTH;
    // The first half of a surrogate pair.
    if ((text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to++;
    yield text.slice(from, to);
  }
}

/** The encoded labels, in pieces. */
export function* encodedPieces<Encoded>(
  labels: readonly Label[],
  encode: (labels: readonly Label[]) => Encoded,
  encodeLong: (label: Label) => Iterable<Encoded>,
): Generator<Encoded> {
  let few: Label[] = [];
  let length = 0;
  for (const label of labels) {
    const ownLength = typeof label.value === "string" ? label.value.length : 0;
    const isLong = ownLength > PIECE_LENGTH;
    if (!isLong) few.push(label);
    length += ownLength;
    if (few.length > 0 && (few.length === STEP || length > PIECE_LENGTH)) {
      yield encode(few);
      few = [];
      length = 0;
    }
    if (isLong) yield* encodeLong(label);
  }
  if (few.length > 0) yield encode(few);
}

// Joins labels of one name. If two have the same key, the first wins. A single value keeps its type.
function* joinedToOne(labels: readonly KeyedLabel[]): Generator<undefined, KeyedLabel> {
  const inKeyOrder = yield* sortedSteps(labels, byKey);
  const first = inKeyOrder[0]!;
  let { key, value } = first;
  let last = first;
  let [keys, values]: [string[], string[]] = [[], []];
  for (const label of inKeyOrder) {
    if (label.key === last.key) continue;
    last = label;
    keys.push(label.key);
    values.push(String(label.value));
    if (keys.length < STEP) continue;
    // V8 appends to a string without copying it; joining a list that contains it would copy.
    key = `${key};${keys.join(";")}`;
    value = `${String(value)};${values.join(";")}`;
    [keys, values] = [[], []];
    yield;
  }
  return keys.length === 0
    ? { ...first, key, value }
    : { ...first, key: `${key};${keys.join(";")}`, value: `${String(value)};${values.join(";")}` };
}

function byName(left: Label, right: Label): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function byKey(left: KeyedLabel, right: KeyedLabel): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}
