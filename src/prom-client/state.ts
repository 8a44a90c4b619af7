import { VERSION } from "../version.ts";

/**
 * Key of something that all copies of this module share, if they have one version. A bundle, such as those of Next.js, may
 * have several copies in one process.
 */
export function sharedKey(name: string): symbol {
  return Symbol.for(`tachymeter.prom_client.${name} ${VERSION}`);
}

/** Returns the value that the first copy of this module has made. */
export function shared<Value extends object>(name: string, make: () => Value): Value {
  const key = sharedKey(name);
  const known: Value | undefined = Reflect.get(globalThis, key);
  if (known !== undefined) return known;
  const made = make();
  hide(globalThis, key, made);
  return made;
}

/**
 * Key of what a metric, registry or gateway holds. A hidden property and no private field: `Object.create` of such an
 * object, and a `Proxy` around it, work as with prom-client.
 */
export const STATE: unique symbol = Symbol.for(`tachymeter.prom_client.state ${VERSION}`);

/** Sets a property that is neither listed nor changed. */
export function hide(owner: object, key: symbol, value: object | undefined): void {
  Object.defineProperty(owner, key, { value });
}
