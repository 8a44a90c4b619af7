/**
 * A node of the trie: the state of a look-up after some attributes. The next key and its value lead to a child. A child
 * is another node, or a row if no longer set continues there.
 *
 *     { method: "GET", route: "/a", status: 200 }
 *
 *     root ──"GET"──► node ──"/a"──► node ──200──► row 1
 *     key: method     key: route     key: status ──404──► row 2
 *
 * A node's only string child is inline. Several string children, or integer children, are in a table with a hash of its
 * own (`value-hash.ts`). All others are in a `Map`.
 */
import type { AttributeValue } from "@opentelemetry/api";
import { hashForNumbers, hashForTexts, placeOfNumber, placeOfText, type ValueHash } from "./value-hash.ts";

/** Target of an attribute: a node, or a row if it was the last attribute. */
export type Child = TrieNode | number;

// Placeholder for "nothing" in compared fields: with `undefined` among them V8 would compare strings by a call.
// The trie never finds an attribute with this key or value; the index behind it does.
const NO_TEXT = "\u0000none";

const NO_CHILDREN: (Child | undefined)[] = [];

/** One node. The trie's look-up reads its fields; the methods here change them. */
export class TrieNode implements ValueHash {
  key: string = NO_TEXT;
  /** The row of the set that ends here, or -1. */
  row = -1;
  /** Value of the inline child. */
  text: string = NO_TEXT;
  textChild: Child | undefined = undefined;
  /** The strings of a table, or its integers, each at its place. A node has at most one table. */
  texts: string[] | undefined = undefined;
  numbers: number[] | undefined = undefined;
  children: (Child | undefined)[] = NO_CHILDREN;
  mask = 0;
  first = 0;
  second = 0;
  factor = 0;
  others: Map<AttributeValue, Child> | undefined = undefined;
  /** Child for any value, of a key that a view leaves out. */
  any: Child | undefined = undefined;
  /** Node for the same place with another next key. */
  alternative: TrieNode | undefined = undefined;
  #count = 0;
  // Number of children at which they are laid out again if one finds no place.
  #nextLayOut = 1;

  /** Node for `key` at this place, created if missing; `undefined` if there are `maxAlternatives` already. */
  forKey(key: string, maxAlternatives: number): TrieNode | undefined {
    if (key === NO_TEXT) return undefined;
    if (this.key === NO_TEXT) this.key = key;
    if (this.key === key) return this;
    if (maxAlternatives === 0) return undefined;
    this.alternative ??= new TrieNode();
    return this.alternative.forKey(key, maxAlternatives - 1);
  }

  childOf(value: AttributeValue): Child | undefined {
    if (value === this.text && this.textChild !== undefined) return this.textChild;
    const at = this.#placeOf(value);
    const placed = at !== undefined && this.#valueAt(at) === value ? this.children[at] : undefined;
    return placed ?? this.others?.get(value);
  }

  /** Child for a value that is neither inline nor in the table. */
  otherChild(value: AttributeValue): Child | undefined {
    return this.others === undefined ? this.any : (this.others.get(value) ?? this.any);
  }

  setChild(value: AttributeValue, child: Child): void {
    const isNew = this.childOf(value) === undefined;
    const isPlaced = this.#put(value, child);
    if (!isNew) return;
    this.#count++;
    if (isPlaced || this.#count < this.#nextLayOut) return;
    this.#layOut();
    // A layout takes time in proportion to the children, so it becomes rarer as they grow.
    this.#nextLayOut = this.#count + 1 + (this.#count >>> 3);
  }

  // Lays out all children again, with as many as possible in a table.
  #layOut(): void {
    const entries = this.#entries();
    const texts = [...entries.keys()].filter((value) => typeof value === "string");
    const numbers = [...entries.keys()].filter(isInt32);
    const isTexts = texts.length > 1;
    const hash = isTexts ? hashForTexts(texts) : hashForNumbers(numbers);
    this.text = NO_TEXT;
    this.textChild = undefined;
    this.others = undefined;
    this.texts = hash === undefined || !isTexts ? undefined : filled(hash, NO_TEXT);
    this.numbers = hash === undefined || isTexts ? undefined : filled(hash, 0);
    this.children = hash === undefined ? NO_CHILDREN : filled(hash, undefined);
    this.mask = hash?.mask ?? 0;
    this.first = hash?.first ?? 0;
    this.second = hash?.second ?? 0;
    this.factor = hash?.factor ?? 0;
    for (const [value, child] of entries) this.#put(value, child);
  }

  // Returns whether the child found a better place than `others`.
  #put(value: AttributeValue, child: Child): boolean {
    const isAlone = typeof value === "string" && this.texts === undefined;
    if (isAlone && (this.textChild === undefined || this.text === value)) {
      this.text = value;
      this.textChild = child;
      return true;
    }
    const at = this.#placeOf(value);
    if (at !== undefined && (this.children[at] === undefined || this.#valueAt(at) === value)) {
      if (typeof value === "string") this.texts![at] = value;
      else if (typeof value === "number") this.numbers![at] = value;
      this.children[at] = child;
      return true;
    }
    this.others ??= new Map();
    this.others.set(value, child);
    return false;
  }

  #placeOf(value: AttributeValue): number | undefined {
    if (typeof value === "string") return this.texts === undefined ? undefined : placeOfText(value, this);
    return this.numbers === undefined || !isInt32(value) ? undefined : placeOfNumber(value, this);
  }

  #valueAt(at: number): AttributeValue | undefined {
    return this.texts?.[at] ?? this.numbers?.[at];
  }

  #entries(): Map<AttributeValue, Child> {
    const entries = new Map(this.others);
    if (this.textChild !== undefined) entries.set(this.text, this.textChild);
    for (const [at, child] of this.children.entries()) {
      const value = this.#valueAt(at);
      if (child !== undefined && value !== undefined) entries.set(value, child);
    }
    return entries;
  }
}

function filled<Value>({ mask }: ValueHash, value: Value): Value[] {
  return Array.from({ length: mask + 1 }, () => value);
}

function isInt32(value: AttributeValue): value is number {
  return typeof value === "number" && (value | 0) === value;
}
