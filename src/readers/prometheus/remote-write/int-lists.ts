const FIRST_LISTS = 64;

/**
 * Distinct lists of integers, each with a number. Allocates nothing for a list that is known.
 *
 * ```
 * #items   │ 4 7 9 │ 4 7 │ …         one list after the other
 * #starts  │ 0 │ 3 │ 5 │ …           by number, with the end of the last
 * #slots   │ 2 │ 0 │ 1 │ …           by hash: number plus one, 0 if free; at most half of them are in use
 * ```
 */
export class IntLists {
  #items = new Int32Array(4 * FIRST_LISTS);
  #starts = new Int32Array(FIRST_LISTS);
  #slots = new Int32Array(2 * FIRST_LISTS);
  #size = 0;
  // The list after the last one that was found: collections come in the order of the ones before.
  #next = 0;

  get size(): number {
    return this.#size;
  }

  /** The number of the list of the first `count` items; a new list is added. */
  numberOf(items: Int32Array, count: number): number {
    const next = this.#next;
    const number = next < this.#size && this.#isEqual(next, items, count) ? next : this.#find(items, count);
    this.#next = number + 1;
    return number;
  }

  #find(items: Int32Array, count: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(items, 0, count) & mask;
    for (let entry = this.#slots[slot]!; entry !== 0; entry = this.#slots[slot]!) {
      if (this.#isEqual(entry - 1, items, count)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#size + 1;
    return this.#add(items, count);
  }

  /** The list of a number, valid until the next one is added. */
  at(number: number): Int32Array {
    return this.#items.subarray(this.#starts[number], this.#starts[number + 1]);
  }

  #isEqual(number: number, items: Int32Array, count: number): boolean {
    const start = this.#starts[number]!;
    if (this.#starts[number + 1]! - start !== count) return false;
    for (let i = 0; i < count; i++) if (this.#items[start + i] !== items[i]) return false;
    return true;
  }

  #add(items: Int32Array, count: number): number {
    const number = this.#size++;
    const start = this.#starts[number]!;
    this.#items = withRoom(this.#items, start + count);
    this.#starts = withRoom(this.#starts, number + 2);
    for (let i = 0; i < count; i++) this.#items[start + i] = items[i]!;
    this.#starts[number + 1] = start + count;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#size; number++) {
      let slot = hashOf(this.#items, this.#starts[number]!, this.#starts[number + 1]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(items: Int32Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ items[i]!, 0x9e37_79b1) ^ (hash >>> 15);
  return hash ^ (hash >>> 16);
}

function withRoom(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const grown = new Int32Array(2 * Math.max(array.length, length));
  grown.set(array);
  return grown;
}
