// The classes that files export.

/**
 * The prototype of the class that a file exports as `name`.
 *
 * @throws TypeError where it exports no such class: the library is not the one that the hook knows.
 */
export function prototypeOf(exports: unknown, name = "default"): object {
  const exported: unknown = isObject(exports) ? Reflect.get(exports, name) : undefined;
  const prototype: unknown = typeof exported === "function" ? exported.prototype : undefined;
  if (isObject(prototype)) return prototype;
  throw new TypeError(`it exports no class as "${name}"`);
}

/** Whether `value` has fields: it may be any object. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
