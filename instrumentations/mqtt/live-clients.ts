// All MQTT clients of the process that are in use.
import { MqttClient } from "./mqtt-client.ts";

/** Knows the clients without keeping them: one that the application drops is dropped here too. */
export class LiveClients {
  readonly #known = new WeakMap<
    object,
    { readonly client: MqttClient; readonly live: WeakRef<MqttClient> }
  >();
  readonly #live = new Set<WeakRef<MqttClient>>();

  /** What is known of a client of the `mqtt` package; it counts as live until `ended`. */
  of(client: object): MqttClient {
    const known = this.#known.get(client) ?? this.#add(client);
    this.#live.add(known.live);
    return known.client;
  }

  /** To be told of event `end`. */
  ended(client: object): void {
    const known = this.#known.get(client);
    if (known !== undefined) this.#live.delete(known.live);
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

  #add(client: object): { readonly client: MqttClient; readonly live: WeakRef<MqttClient> } {
    const known = new MqttClient(client);
    const added = { client: known, live: new WeakRef(known) };
    this.#known.set(client, added);
    return added;
  }
}
