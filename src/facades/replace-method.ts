// Puts a function of ours in the place of somebody's method, in a way that can be taken back.

/**
 * Has `around` run in place of method `name` of `target`; it gets `call`, which runs the original with the same `this`
 * and arguments, and the arguments. What is put in place has the original's name, length and other properties.
 *
 * Returns the removal, or `undefined` where there is no such method or it cannot be replaced. The removal puts the very
 * same function back; where somebody has replaced ours meanwhile, theirs stays, and ours only passes on.
 */
export function replaceMethod(
  target: object,
  name: string,
  around: (call: () => unknown, args: readonly unknown[]) => unknown,
): (() => void) | undefined {
  const original: unknown = Reflect.get(target, name);
  if (typeof original !== "function") return undefined;
  let isRemoved = false;
  const replacement = new Proxy(original, {
    apply(method, self, args: readonly unknown[]): unknown {
      const call = (): unknown => Reflect.apply(method, self, args);
      return isRemoved ? call() : around(call, args);
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
