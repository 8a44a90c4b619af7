// Methods that stay wrapped: the application keeps what was made while they were.
import { type Method, wrapMethod } from "../../src/recording/replace-method.ts";
import { isObject } from "./fields.ts";

const wrapped = new WeakSet<object>();

/**
 * Wraps a method for good in the object or class that defines it, and only once. Objects that are made for each call are not kept.
 */
export function wrapOnce(target: unknown, name: string, wrap: (original: Method) => Method): void {
  let owner: unknown = target;
  try {
    while (hasFields(owner) && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
    if (!hasFields(owner)) return;
    const method: unknown = Reflect.get(owner, name);
    if (typeof method !== "function" || wrapped.has(method)) return;
    wrapMethod(owner, name, wrap);
    const made: unknown = Reflect.get(owner, name);
    if (typeof made === "function") wrapped.add(made);
  } catch {
    // It is frozen, or throws when it is read.
  }
}

function hasFields(value: unknown): value is object {
  return isObject(value) || typeof value === "function";
}
