// Values that are kept for objects of the application's, as a `WeakMap` keeps them.

/** Keeps a value for each of many objects, for as long as the object lives. The application cannot see it. */
interface Attached<Value> {
  /** The object's value; `undefined` if it has none. */
  get(object: object): Value | undefined;
  set(object: object, value: Value): void;
}

/**
 * Makes a store of values for objects that come with every request. The value is a private field of the object: a
 * constructor that returns another object defines the fields of its class there. A `WeakMap` that gains an entry with
 * every request costs the garbage collector 2 µs for each.
 */
export function attached<Value>(): Attached<Value> {
  class Attachment extends Itself {
    #value: Value;

    constructor(object: object, value: Value) {
      super(object);
      this.#value = value;
    }

    static get(object: object): Value | undefined {
      return #value in object ? object.#value : undefined;
    }

    static set(object: object, value: Value): void {
      if (#value in object) object.#value = value;
      else void new Attachment(object, value);
    }
  }
  return Attachment;
}

/**
 * The same for several values, which need no object of their own: `super(object)` in a class that extends this one makes
 * its private fields those of `object`.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- only what a constructor returns gets private fields
export class Itself {
  constructor(object: object) {
    return object;
  }
}
