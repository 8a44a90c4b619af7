// Names that come as bytes: most subscriptions get the same name each time, which is compared and not decoded.

/** Values by the bytes of a name. Keeps the latest one of each receiver. */
export class LatestBytes<Value> {
  readonly #valueOf: (name: string, receiver: object) => Value;
  readonly #latest = new WeakMap<object, { readonly bytes: Uint8Array; readonly value: Value }>();

  constructor(valueOf: (name: string, receiver: object) => Value) {
    this.#valueOf = valueOf;
  }

  /** The value of the name whose UTF-8 these bytes are. */
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
