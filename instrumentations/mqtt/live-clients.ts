// All MQTT clients of the process that are in use.
import { MqttClient } from "./client.ts";

interface Known {
  readonly client: MqttClient;
  readonly reference: WeakRef<MqttClient>;
  /** Whether it is in use; the set would tell too, but not as fast. */
  isLive: boolean;
}

/** Knows the clients without keeping them: one that the application drops is dropped here too. */
export class LiveClients {
  readonly #known = new WeakMap<object, Known>();
  readonly #live = new Set<WeakRef<MqttClient>>();

  /** What is known of a client of the `mqtt` package; it counts as live until `ended`. */
  of(client: object): MqttClient {
    const known = this.#known.get(client) ?? this.#add(client);
    if (!known.isLive) this.#live.add(known.reference);
    known.isLive = true;
    return known.client;
  }

  /** To be told of event `end`. */
  ended(client: object): void {
    const known = this.#known.get(client);
    if (known === undefined) return;
    this.#live.delete(known.reference);
    known.isLive = false;
  }

  /** The messages that all live clients together hold back. */
  backlog(): number {
    let backlog = 0;
    for (const live of this.#live) {
      const client = live.deref();
      if (client === undefined) this.#live.delete(live);
      else backlog += client.backlog();
    }
    return backlog;
  }

  #add(client: object): Known {
    const known = new MqttClient(client);
    const added = { client: known, reference: new WeakRef(known), isLive: false };
    this.#known.set(client, added);
    return added;
  }
}
