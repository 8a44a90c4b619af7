// Names that come as bytes: most subscriptions get one name all the time, which is then compared and not decoded.

interface Latest<Value> {
  readonly bytes: Uint8Array;
  readonly value: Value;
}

/** What belongs to a name, by its bytes and by who got it. Keeps one a receiver. */
export class LatestBytes<Value> {
  readonly #valueOf: (name: string, receiver: object) => Value;
  readonly #latest = new WeakMap<object, Latest<Value>>();

  /** @param valueOf gives what belongs to a name. */
  constructor(valueOf: (name: string, receiver: object) => Value) {
    this.#valueOf = valueOf;
  }

  /** What belongs to the name whose UTF-8 these bytes are. */
  of(bytes: Uint8Array, receiver: object): Value {
    const latest = this.#latest.get(receiver);
    if (latest !== undefined && isEqual(latest.bytes, bytes)) return latest.value;
    const value = this.#valueOf(Buffer.from(bytes).toString(), receiver);
    this.#latest.set(receiver, { bytes: new Uint8Array(bytes), value });
    return value;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
