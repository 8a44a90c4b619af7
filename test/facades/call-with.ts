// Calls that TypeScript would refuse, as callers of plain JavaScript make them.

/** Calls `target[method](...args)` with arguments of any type, and returns the result. */
export function callWith(target: object, method: string, ...args: readonly unknown[]): unknown {
  const callee: unknown = Reflect.get(target, method);
  if (typeof callee !== "function") throw new Error(`"${method}" is no method`);
  return Reflect.apply(callee, target, args);
}
