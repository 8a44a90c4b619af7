// Methods replaced by ours around them, which look the same from outside.

/** Any method, seen from outside. */
export type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Returns the method to be called in place of `original`. */
export type Wrap = (original: Method) => Method;

/**
 * Replaces method `name` of `target` by `wrap(original)`, with the original's name, length and other properties, and
 * returns the removal. The removal puts the very same function back; if another one has wrapped ours meanwhile, it
 * stays, and ours only calls the original. Wrapped again, ours is the same function as before.
 *
 * Neither a proxy nor a closure a call: this is on the way of every message.
 *
 * @throws TypeError if `target` has no such method, or if it cannot be replaced.
 */
export function wrapMethod(target: unknown, name: string | symbol, wrap: Wrap): () => void {
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

/** Runs the original with the same `this`, and by default the same arguments. */
export type OriginalCall = (args?: readonly unknown[]) => unknown;

/**
 * As {@link wrapMethod}, for methods that are seldom called: runs `around` with the original's call, the arguments and
 * `this`. Returns `undefined` if the method is missing or cannot be replaced.
 */
export function replaceMethod(
  target: object,
  name: string,
  around: (call: OriginalCall, args: readonly unknown[], self: unknown) => unknown,
): (() => void) | undefined {
  try {
    return wrapMethod(target, name, (original) => {
      return function (...given) {
        return around((args = given) => Reflect.apply(original, this, args), given, this);
      };
    });
  } catch {
    return undefined;
  }
}

/** The function in a method's place. */
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
  let current = original;
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    return Reflect.apply(current, this, args);
  };
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original));
  const relay: Relay = { original, wrapped, callInstead: (method) => void (current = method) };
  ofTarget.set(name, relay);
  return relay;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}
