// A method replaced by one of ours around it, which nobody can tell from it.

/** Any method, seen from outside. */
export type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/**
 * Puts what `wrap` makes of method `name` of `target` in its place, with the original's name, length and other
 * properties, and returns the removal. The removal puts the very same function back; where somebody has wrapped ours
 * meanwhile, theirs stays, and ours only calls the original. Wrapped again, it is the same function of ours once more, for
 * whoever has taken it along.
 *
 * A plain function around a plain call, and neither a proxy nor a closure a call: this is on the way of every message.
 * What `wrap` gives calls the original by `Reflect.apply(original, this, args)`.
 *
 * @throws TypeError where `target` has no such method, or where it cannot be replaced.
 */
export function wrapMethod(
  target: unknown,
  name: string | symbol,
  wrap: (original: Method) => Method,
): () => void {
  if (!isObject(target)) throw new TypeError(`there is nothing that has a method "${String(name)}"`);
  const original: unknown = Reflect.get(target, name);
  if (!isMethod(original)) throw new TypeError(`there is no method "${String(name)}"`);
  const relay = relayOf(target, name, original);
  const { wrapped } = relay;
  const around = wrap(original);
  const before = Reflect.getOwnPropertyDescriptor(target, name);
  const isReplaced = Reflect.defineProperty(target, name, {
    value: wrapped,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? false,
  });
  if (!isReplaced) throw new TypeError(`method "${String(name)}" cannot be replaced`);
  relay.callInstead(around);
  return () => {
    relay.callInstead(original);
    if (Reflect.get(target, name) !== wrapped) return;
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Reflect.defineProperty(target, name, before);
  };
}

/** What stands in a method's place, and calls now this, now that. */
interface Relay {
  readonly original: Method;
  readonly wrapped: Method;
  callInstead(method: Method): void;
}

const relays = new WeakMap<object, Map<string | symbol, Relay>>();

function relayOf(target: object, name: string | symbol, original: Method): Relay {
  const ofTarget = relays.get(target) ?? new Map<string | symbol, Relay>();
  relays.set(target, ofTarget);
  const known = ofTarget.get(name);
  if (known?.original === original) return known;
  const relay = newRelay(original);
  ofTarget.set(name, relay);
  return relay;
}

function newRelay(original: Method): Relay {
  let current = original;
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    return Reflect.apply(current, this, args);
  };
  disguise(wrapped, original);
  return { original, wrapped, callInstead: (method) => void (current = method) };
}

function disguise(wrapped: object, original: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) Reflect.defineProperty(wrapped, key, descriptor);
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}
