// Values attached to objects of the application, each kept as long as its object, as in a `WeakMap`.

/** Values attached to objects, each kept as long as its object. The application cannot see them. */
interface Attached<Value> {
  /** Returns the object's value; `undefined` if it has none. */
  get(object: object): Value | undefined;
  set(object: object, value: Value): void;
}

/**
 * Returns a store for values of objects that are created with every request. A value is a private field of its
 * object: if a constructor returns another object, the fields of its class are defined there. A `WeakMap` would cost
 * the garbage collector 2 µs for each entry.
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

/** `super(object)` in a subclass adds its private fields to `object`. */
// oxlint-disable-next-line typescript/no-extraneous-class -- only what a constructor returns gets private fields
export class Itself {
  constructor(object: object) {
    return object;
  }
}
