// Number of servers known to an adapter, including its own.
import type { Coordination } from "../../src/facades/index.ts";
import { fieldOf, hasMethods } from "../shared/fields.ts";
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
  readonly #counts = new WeakMap<Adapter, number>();
  // Those that have not responded last. Their nodes get no heartbeats, and are removed after a while.
  readonly #unavailable = new WeakSet<Adapter>();
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
    if (!isAdapter(adapter)) return;
    this.#live.delete(adapter);
    this.#counts.delete(adapter);
  }

  /** Whether the last count found servers other than the adapter's own. */
  hasOthers(adapter: unknown): boolean {
    return isAdapter(adapter) && (this.#counts.get(adapter) ?? 0) > 1;
  }

  /**
   * Records an adapter's count of servers. The servers have no names, and several adapters may count the same ones, so
   * the largest count is recorded.
   */
  counted(count: unknown, adapter: unknown): void {
    if (typeof count !== "number" || !(count >= 0) || !isAdapter(adapter)) return;
    this.#counts.set(adapter, count);
    this.#unavailable.delete(adapter);
    const all = [...this.#live];
    const largest = (adapters: readonly Adapter[]): number =>
      Math.min(MAX_NODES, Math.max(count, ...adapters.map((each) => this.#counts.get(each) ?? 0)));
    const heard = largest(all.filter((each) => !this.#unavailable.has(each)));
    for (let i = 1; i <= heard; i++) this.#coordination.heartbeat(`socket.io ${i}`);
    this.#keepOnly(largest(all));
  }

  #keepOnly(count: number): void {
    for (let i = count + 1; i <= this.#known; i++) this.#coordination.leave(`socket.io ${i}`);
    this.#known = count;
  }

  #start(): void {
    this.#timer ??= setInterval(() => void this.#ask(), INTERVAL_MILLIS).unref();
  }

  // Removes the nodes.
  #end(): void {
    clearInterval(this.#timer);
    this.#isEnded = true;
    this.#keepOnly(0);
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
        // Redis is unavailable.
        this.#unavailable.add(adapter);
      }
    }
    this.#isAsking = false;
  }
}

function isAdapter(value: unknown): value is Adapter {
  return hasMethods(value, "serverCount");
}
