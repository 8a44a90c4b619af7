/**
 * Key of what a metric, registry or gateway holds. A hidden property and no private field: `Object.create` of such an
 * object, and a `Proxy` around it, work as with prom-client.
 */
export const STATE: unique symbol = Symbol("state");

/** Sets a property that is neither listed nor changed. */
export function hide(owner: object, key: symbol, value: object | undefined): void {
  Object.defineProperty(owner, key, { value });
}
