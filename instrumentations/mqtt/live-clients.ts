// All MQTT clients of the process that are in use.
import { LiveObjects } from "../shared/index.ts";
import { MqttClient } from "./client.ts";

/** The clients in use, which are not kept alive here. */
export class LiveClients {
  readonly #known = new WeakMap<object, MqttClient>();
  readonly #live = new LiveObjects<MqttClient>();

  /** A client of the `mqtt` package; it counts as live until `ended`. */
  of(client: object): MqttClient {
    let known = this.#known.get(client);
    if (known === undefined) this.#known.set(client, (known = new MqttClient(client)));
    if (!known.isLive) this.#live.add(known);
    known.isLive = true;
    return known;
  }

  ended(client: object): void {
    const known = this.#known.get(client);
    if (known === undefined) return;
    this.#live.delete(known);
    known.isLive = false;
  }

  /** The messages that all live clients together hold back. */
  backlog(): number {
    let backlog = 0;
    for (const client of this.#live) backlog += client.backlog();
    return backlog;
  }
}
