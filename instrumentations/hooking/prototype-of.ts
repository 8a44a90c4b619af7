// The classes that files export.

/**
 * The prototype of the class that a file exports as `name`; `default` is also the class that a file is.
 *
 * @throws TypeError where it exports no such class: the library is not the one that the hook knows.
 */
export function prototypeOf(exports: unknown, name = "default"): object {
  const isTheClass = typeof exports === "function" && name === "default";
  const exported: unknown = isTheClass ? exports : Reflect.get(Object(exports), name);
  const prototype: unknown = typeof exported === "function" ? exported.prototype : undefined;
  if (isObject(prototype)) return prototype;
  throw new TypeError(`it exports no class as "${name}"`);
}

/** Whether `value` has fields: it may be any object. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
