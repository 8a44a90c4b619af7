/** Runs the original with the same `this`, and by default the same arguments. */
export type OriginalCall = (args?: readonly unknown[]) => unknown;

/**
 * Runs `around` in place of method `name` of `target`, with the original's call, the arguments and `this`. The
 * replacement has the original's name, length and other properties.
 *
 * Returns the removal, or `undefined` if the method is missing or cannot be replaced. The removal restores the original
 * function; if other code has replaced ours meanwhile, its replacement stays and ours only passes on.
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
