import { VERSION } from "../version.ts";

/**
 * Key of something that all copies of this package share, if they have one version. A process has several if a library
 * brings its own, or if they are in bundles, such as those of Next.js.
 */
export function keyOfCopies(name: string): symbol {
  return Symbol.for(`tachymeter.${name} ${VERSION}`);
}

/** Returns the value that the first copy of this package has made. */
export function sharedByCopies<Value extends object>(name: string, make: () => Value): Value {
  const key = keyOfCopies(name);
  const known: Value | undefined = Reflect.get(globalThis, key);
  if (known !== undefined) return known;
  const value = make();
  Object.defineProperty(globalThis, key, { value });
  return value;
}
