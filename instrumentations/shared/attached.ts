// Values for objects of the application's, kept as a `WeakMap` keeps them.

/** Values of objects, each kept as long as its object. The application cannot see them. */
interface Attached<Value> {
  /** The object's value; `undefined` if it has none. */
  get(object: object): Value | undefined;
  set(object: object, value: Value): void;
}

/**
 * Values for objects that come with every request. A value is a private field of its object: a constructor that returns
 * another object defines the fields of its class there. A `WeakMap` costs the garbage collector 2 µs for each entry.
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

/** `super(object)` in a class that extends this one makes its private fields those of `object`. */
// oxlint-disable-next-line typescript/no-extraneous-class -- only what a constructor returns gets private fields
export class Itself {
  constructor(object: object) {
    return object;
  }
}
