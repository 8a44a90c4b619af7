import { keyOfCopies, sharedByCopies } from "../io/shared-by-copies.ts";
import { VERSION } from "../version.ts";

/** Key of something that all copies of this module share. */
export function sharedKey(name: string): symbol {
  return keyOfCopies(`prom_client.${name}`);
}

/** Returns the value that the first copy of this module has made. */
export function shared<Value extends object>(name: string, make: () => Value): Value {
  return sharedByCopies(`prom_client.${name}`, make);
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
