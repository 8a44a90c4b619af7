// Puts a function of ours in the place of somebody's method, in a way that can be taken back.

/** Runs what was replaced, with the same `this`, and with the same arguments unless others are given. */
export type OriginalCall = (args?: readonly unknown[]) => unknown;

/**
 * Has `around` run in place of method `name` of `target`; it gets the original's call, the arguments and `this`. What
 * is put in place has the original's name, length and other properties.
 *
 * Returns the removal, or `undefined` where there is no such method or it cannot be replaced. The removal puts the very
 * same function back; where somebody has replaced ours meanwhile, theirs stays, and ours only passes on.
 */
export function replaceMethod(
  target: object,
  name: string,
  around: (call: OriginalCall, args: readonly unknown[], self: unknown) => unknown,
): (() => void) | undefined {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== "function") return undefined;
  let isRemoved = false;
  const replacement = new Proxy(original, {
    apply(method, self, given: readonly unknown[]): unknown {
      if (isRemoved) return Reflect.apply(method, self, given);
      return around((args = given) => Reflect.apply(method, self, args), given, self);
    },
  });
  const before = Reflect.getOwnPropertyDescriptor(target, name);
  const isReplaced = Reflect.defineProperty(target, name, {
    value: replacement,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? false,
  });
  if (!isReplaced) return undefined;
  return () => {
    isRemoved = true;
    if (Reflect.get(target, name) !== replacement) return;
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Reflect.defineProperty(target, name, before);
  };
}
