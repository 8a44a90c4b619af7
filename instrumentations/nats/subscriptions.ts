// What has come for subscriptions and waits for the application to ask for it.
import { isObject } from "../shared/index.ts";

const MAX_UNLOOKED_AT = 1_000;

/** A subscription that the application iterates. */
interface Subscription {
  getPending(): unknown;
  isClosed(): unknown;
}

/** Knows the subscriptions without keeping them. */
export class Subscriptions {
  readonly #live = new Set<WeakRef<Subscription>>();
  #unlookedAt = 0;

  /** To be told of each subscription. Those with a callback have nothing that waits, the client's own for replies too. */
  made(subscription: unknown): void {
    if (!isSubscription(subscription) || Object.hasOwn(subscription, "callback")) return;
    this.#live.add(new WeakRef(subscription));
    // Nobody may ever collect.
    if (++this.#unlookedAt > MAX_UNLOOKED_AT) this.pending();
  }

  /** How many messages wait for all of them together. */
  pending(): number {
    this.#unlookedAt = 0;
    let pending = 0;
    for (const reference of this.#live) {
      const subscription = reference.deref();
      if (subscription === undefined || subscription.isClosed() === true) this.#live.delete(reference);
      else pending += Number(subscription.getPending());
    }
    return pending;
  }
}

function isSubscription(value: unknown): value is Subscription {
  return isObject(value) && typeof Reflect.get(value, "getPending") === "function" && "isClosed" in value;
}
