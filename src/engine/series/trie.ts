/**
 * The way from attributes to rows that most recordings take: a bounded trie over keys and values in the order in which
 * they are given. It allocates nothing, hashes nothing and knows nothing that the index behind it does not know too:
 * what it does not find (-1), is looked up there, and then put in here, as long as there is room.
 *
 * One set has a path for each order of keys in which it was given, and for each group of left-out keys with it.
 */
import type { Attributes } from "@opentelemetry/api";
import type { Interner } from "./interner.ts";
import { type Child, TrieNode } from "./trie-node.ts";

// Children of all nodes together; a node takes 112 B, a child between 16 and 50.
const MAX_CHILDREN = 10_000;
// Other keys at one place; more would be a long walk.
const MAX_ALTERNATIVES = 15;

// Of the objects of a `for…in` V8 knows the answer without asking, but only if it sees that this is asked: not of
// `Object.hasOwn`, nor of a constant from another file (5 ns a key on Node 20).
// oxlint-disable-next-line typescript/unbound-method -- it is called with its object
const hasOwn = Object.prototype.hasOwnProperty;

/** Where a look-up stands when it has come to a row: no key leads on. */
const END = new TrieNode();

export class Trie {
  #root = new TrieNode();
  #size = 0;

  /** The row of a path that was added, or -1, also if a getter or a proxy throws: the `try` costs nothing here. */
  find(attributes: Attributes | undefined): number {
    const root = this.#root;
    let node = root;
    let row = node.row;
    try {
      for (const key in attributes) {
        // Of a literal V8 knows this without asking.
        if (!hasOwn.call(attributes, key)) continue;
        const value = attributes[key];
        if (value === undefined) continue;
        while (node.key !== key) {
          if (node.alternative === undefined) return -1;
          node = node.alternative;
        }
        let child: Child | undefined;
        // The four ways on from a node are written out here, not in functions of the node: together they are more than
        // V8 takes into one function by itself, and what it leaves out costs a call for each attribute.
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
    // A getter may have had rows freed, this one too: by a collection, or a measurement for which there was no room.
    return root === this.#root ? row : -1;
  }

  /** Adds a way to `row`: steps are ids of pairs with primitive values or, inverted, indexes of left-out keys. */
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
        // What was a row has a longer set beside it now.
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

  // The node for the step's key, or `undefined` where there is no room for one more.
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
