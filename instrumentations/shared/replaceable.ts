// Exports of which one can be replaced.
import { isObject } from "./fields.ts";

// One for each.
const copies = new WeakMap<object, object>();

/**
 * The same exports, if the one with this name can be set. Else a copy in which it can: for `require` alone, since what an
 * ES module imports is always set in place.
 */
export function withReplaceable(exports: unknown, name: string): unknown {
  if (!isObject(exports) || Reflect.set(exports, name, Reflect.get(exports, name))) return exports;
  const copy = copies.get(exports) ?? copyOf(exports, name);
  copies.set(exports, copy);
  return copy;
}

function copyOf(exports: object, name: string): object {
  const value: unknown = Reflect.get(exports, name);
  return Object.create(Object.getPrototypeOf(exports), {
    ...Object.getOwnPropertyDescriptors(exports),
    [name]: { value, writable: true, enumerable: true, configurable: true },
  });
}
