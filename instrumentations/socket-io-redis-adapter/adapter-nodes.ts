// Number of servers known to an adapter, including its own.
import type { Coordination } from "../../src/facades/index.ts";
import { fieldOf, hasMethods, isObject } from "../shared/fields.ts";
import { LiveObjects } from "../shared/live-objects.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";

const INTERVAL_MILLIS = 5_000;
const MAX_NODES = 1_000;

interface Adapter {
  serverCount(): Promise<unknown>;
}

const adaptersOf = outliving(() => new LiveObjects<Adapter>());

/** Queries the adapters every five seconds for the number of servers, and records that number of heartbeats. */
export class AdapterNodes {
  readonly #coordination: Coordination;
  readonly #live: LiveObjects<Adapter>;
  readonly #counts = new WeakMap<object, number>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #isEnded = false;
  #known = 0;

  constructor(recording: Recording<unknown>, coordination: Coordination) {
    this.#coordination = coordination;
    this.#live = adaptersOf(recording);
    recording.onEnd(() => this.#end());
    if ([...this.#live].length === 0) return;
    this.#start();
    void this.#ask();
  }

  /**
   * Registers a new adapter. One adapter for each server suffices: that of the main namespace, which every server
   * has.
   */
  made(adapter: unknown): void {
    if (!isAdapter(adapter) || fieldOf(fieldOf(adapter, "nsp"), "name") !== "/") return;
    this.#live.add(adapter);
    this.#start();
  }

  closed(adapter: unknown): void {
    if (isAdapter(adapter)) this.#live.delete(adapter);
  }

  /** Whether the last count found servers other than the adapter's own. */
  hasOthers(adapter: unknown): boolean {
    return isObject(adapter) && (this.#counts.get(adapter) ?? 0) > 1;
  }

  /** Records a count of servers. The servers have no names. */
  counted(count: unknown, adapter?: unknown): void {
    if (typeof count !== "number" || !(count >= 0)) return;
    if (isObject(adapter)) this.#counts.set(adapter, count);
    const now = Math.min(count, MAX_NODES);
    for (let i = 1; i <= now; i++) this.#coordination.heartbeat(`socket.io ${i}`);
    for (let i = now + 1; i <= this.#known; i++) this.#coordination.leave(`socket.io ${i}`);
    this.#known = now;
  }

  #start(): void {
    this.#timer ??= setInterval(() => void this.#ask(), INTERVAL_MILLIS).unref();
  }

  // Removes the nodes.
  #end(): void {
    clearInterval(this.#timer);
    this.#isEnded = true;
    this.counted(0);
  }

  // While Redis is unavailable the client queues requests, so that only one is sent at a time.
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    for (const adapter of this.#live) {
      try {
        const count = await adapter.serverCount();
        if (!this.#isEnded) this.counted(count, adapter);
      } catch {
        // Redis is unavailable: without heartbeats the nodes are removed after a while.
      }
    }
    this.#isAsking = false;
  }
}

function isAdapter(value: unknown): value is Adapter {
  return hasMethods(value, "serverCount");
}
