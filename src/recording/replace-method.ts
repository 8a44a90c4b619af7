// Replaces methods by wrappers that look the same from outside.

/** Any method, seen from outside. */
export type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/** Returns the method to be called in place of `original`. */
export type Wrap = (original: Method) => Method;

/**
 * Replaces method `name` of `target` by `wrap(original)`, with the original's name, length and other properties.
 * Returns a function that removes the wrapper.
 *
 * The removal restores the original function. If another wrapper was put around ours meanwhile, it stays, and ours
 * only calls the original. Wrapping again uses the same function as before.
 *
 * Uses neither a proxy nor a closure per call, because this runs for every message.
 *
 * @throws TypeError if `target` has no such method, or if it cannot be replaced.
 */
export function wrapMethod(target: unknown, name: string | symbol, wrap: Wrap): () => void {
  return replaced(target, name, wrap, relayFunction);
}

function replaced(target: unknown, name: string | symbol, wrap: Wrap, makeRelay: MakeRelay): () => void {
  if (!isObject(target)) throw new TypeError(`there is no object with a method "${String(name)}"`);
  const original: unknown = Reflect.get(target, name);
  if (!isMethod(original)) throw new TypeError(`there is no method "${String(name)}"`);
  const around = wrap(original);
  const relay = relayOf(target, name, original, () => makeRelay(original, around));
  const { wrapped } = relay;
  const before = Reflect.getOwnPropertyDescriptor(target, name);
  const isReplaced = Reflect.defineProperty(target, name, {
    value: wrapped,
    writable: true,
    configurable: before?.configurable ?? true,
    enumerable: before?.enumerable ?? false,
  });
  if (!isReplaced) throw new TypeError(`method "${String(name)}" cannot be replaced`);
  relay.current = around;
  return () => {
    // Already removed; the method may have been wrapped again.
    if (relay.current !== around) return;
    relay.current = original;
    if (Reflect.get(target, name) !== wrapped) return;
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Reflect.defineProperty(target, name, before);
  };
}

/** Runs the original with the same `this`, and by default the same arguments. */
export type OriginalCall = (args?: readonly unknown[]) => unknown;

/**
 * Like {@link wrapMethod}, for methods that are rarely called: runs `around` with the original's call, the arguments
 * and `this`. Properties of the method, such as a mock's counts, are read from and written to the original. Returns
 * `undefined` if the method is missing or cannot be replaced.
 */
export function replaceMethod(
  target: object,
  name: string,
  around: (call: OriginalCall, args: readonly unknown[], self: unknown) => unknown,
): (() => void) | undefined {
  try {
    const wrap: Wrap = (original) => {
      return function (...given) {
        return around((args = given) => Reflect.apply(original, this, args), given, this);
      };
    };
    return replaced(target, name, wrap, relayProxy);
  } catch {
    return undefined;
  }
}

/** The function in a method's place, and the method that it calls. */
interface Relay {
  readonly original: Method;
  readonly wrapped: Method;
  current: Method;
}

type MakeRelay = (original: Method, around: Method) => Relay;

const relays = new WeakMap<object, Map<string | symbol, Relay>>();

function relayOf(target: object, name: string | symbol, original: Method, make: () => Relay): Relay {
  const ofTarget = relays.get(target) ?? new Map<string | symbol, Relay>();
  relays.set(target, ofTarget);
  const known = ofTarget.get(name);
  if (known?.original === original) return known;
  const relay = make();
  ofTarget.set(name, relay);
  return relay;
}

// A function that never changes is called directly: through the field of the relay, a worker's echo is 17 % slower
// ("worker, echo" of `npm run bench:instrumentations`). It stays in memory after its removal, but not those that follow.
function relayFunction(original: Method, around: Method): Relay {
  const wrapped = function (this: unknown, ...args: readonly unknown[]): unknown {
    const { current } = relay;
    return current === around ? Reflect.apply(around, this, args) : Reflect.apply(current, this, args);
  };
  for (const key of Reflect.ownKeys(original)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(original, key);
    // An unusual `prototype` cannot be defined. The method is wrapped anyway.
    if (descriptor !== undefined) Reflect.defineProperty(wrapped, key, descriptor);
  }
  const relay: Relay = { original, wrapped, current: original };
  return relay;
}

function relayProxy(original: Method): Relay {
  const wrapped = new Proxy(original, {
    apply: (_, self, args: readonly unknown[]): unknown => Reflect.apply(relay.current, self, args),
  });
  const relay: Relay = { original, wrapped, current: original };
  return relay;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether `value` is a function. */
export function isMethod(value: unknown): value is Method {
  return typeof value === "function";
}
