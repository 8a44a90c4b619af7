/**
 * The fast path from attributes to rows: a bounded trie over keys and values in the caller's order. It allocates nothing
 * and hashes nothing. All its content is also in the index behind it. Sets that it does not find (-1) are looked up
 * there, and then added here as long as there is room.
 *
 * A set has a path for each order of keys in which it was recorded, and for each group of left-out keys with it.
 */
import type { Attributes } from "@opentelemetry/api";
import type { Interner } from "./interner.ts";
import { type Child, TrieNode } from "./trie-node.ts";

// Maximum number of children of all nodes together. A node takes 112 B, a child between 16 and 50.
const MAX_CHILDREN = 10_000;
// Maximum number of other keys at one place. More would make a long walk.
const MAX_ALTERNATIVES = 15;

// V8 optimises this check away for the objects of a `for…in`, but only if it recognises it. It does not
// recognise `Object.hasOwn`, or a constant from another file (5 ns a key on Node 20).
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const hasOwn = Object.prototype.hasOwnProperty;

/** Node after a row was reached: it has no key. */
const END = new TrieNode();

export class Trie {
  #root = new TrieNode();
  #size = 0;

  /** Returns the row of a known path, or -1, also if a getter or a proxy throws. The `try` costs nothing here. */
  find(attributes: Attributes | undefined): number {
    const root = this.#root;
    let node = root;
    let row = node.row;
    try {
      for (const key in attributes) {
        // V8 optimises this away for an object literal.
        if (!hasOwn.call(attributes, key)) continue;
        const value = attributes[key];
        if (value === undefined) continue;
        while (node.key !== key) {
          if (node.alternative === undefined) return -1;
          node = node.alternative;
        }
        let child: Child | undefined;
        // The four ways to a child are written out here, not in methods of the node. Together they exceed V8's
        // limit for inlining, and each call would cost time for each attribute.
        if (typeof value === "string") {
          if (node.text === value) {
            child = node.textChild;
          } else if (node.texts !== undefined) {
            // `placeOfText`
            const { first, second } = node;
            const { length } = value;
            const one = first < length ? value.charCodeAt(first) : 0;
            const other = second < length ? value.charCodeAt(second) : 0;
            const at = (length + one + Math.imul(node.factor, other)) & node.mask;
            if (node.texts[at] === value) child = node.children[at];
          }
        } else if (node.numbers !== undefined && typeof value === "number") {
          // `placeOfNumber`
          const whole = value | 0;
          const at = (whole ^ (whole >>> node.first)) & node.mask;
          if (whole === value && node.numbers[at] === whole) child = node.children[at];
        }
        if (child === undefined) child = node.otherChild(value);
        if (typeof child === "number") {
          row = child;
          node = END;
        } else if (child === undefined) {
          return -1;
        } else {
          row = child.row;
          node = child;
        }
      }
    } catch {
      return -1;
    }
    // A getter may have freed rows, this one included: by a collection, or by a measurement at the limit.
    return root === this.#root ? row : -1;
  }

  /** Adds a path to `row`. Steps are ids of pairs with primitive values or, inverted, indexes of left-out keys. */
  add(row: number, path: Int32Array, length: number, interner: Interner, leftOut: readonly string[]): void {
    if (length === 0) {
      this.#root.row = row;
      return;
    }
    let node = this.#root;
    for (let i = 0; i < length - 1; i++) {
      const place = this.#placeOf(node, path[i]!, interner, leftOut);
      if (place === undefined) return;
      const step = path[i]!;
      const child = step < 0 ? place.any : place.childOf(interner.valueOf(step));
      if (child instanceof TrieNode) {
        node = child;
      } else {
        // The previous row now also has a longer set beside it.
        const next = new TrieNode();
        if (child !== undefined) next.row = child;
        this.#put(place, step, next, interner);
        node = next;
      }
    }
    const step = path[length - 1]!;
    const place = this.#placeOf(node, step, interner, leftOut);
    if (place === undefined) return;
    const child = step < 0 ? place.any : place.childOf(interner.valueOf(step));
    if (child instanceof TrieNode) child.row = row;
    else this.#put(place, step, row, interner);
  }

  clear(): void {
    if (this.#size === 0 && this.#root.row < 0) return;
    this.#root = new TrieNode();
    this.#size = 0;
  }

  // Returns the node for the step's key, or `undefined` if there is no room for another.
  #placeOf(
    node: TrieNode,
    step: number,
    interner: Interner,
    leftOut: readonly string[],
  ): TrieNode | undefined {
    if (this.#size >= MAX_CHILDREN) return undefined;
    const key = step < 0 ? leftOut[~step] : interner.keyOf(step);
    return key === undefined ? undefined : node.forKey(key, MAX_ALTERNATIVES);
  }

  #put(place: TrieNode, step: number, child: Child, interner: Interner): void {
    if (step < 0) place.any = child;
    else place.setChild(interner.valueOf(step), child);
    this.#size++;
  }
}
