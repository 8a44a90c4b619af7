// The classes that files export.
import { isObject } from "./fields.ts";

/**
 * The prototype of the class that a file exports as `name`; `default` is also the class that a file is. Of CommonJS that
 * was imported not all names are seen, but in its default export.
 *
 * @throws TypeError where it exports no such class: the library is not the one that the instrumentation knows.
 */
export function prototypeOf(exports: unknown, name = "default"): object {
  const isTheClass = typeof exports === "function" && name === "default";
  const exported = isTheClass ? exports : exportOf(exports, name);
  const prototype: unknown = typeof exported === "function" ? exported.prototype : undefined;
  if (isObject(prototype)) return prototype;
  throw new TypeError(`it exports no class as "${name}"`);
}

function exportOf(exports: unknown, name: string): unknown {
  const named: unknown = Reflect.get(Object(exports), name);
  return named ?? Reflect.get(Object(Reflect.get(Object(exports), "default")), name);
}
