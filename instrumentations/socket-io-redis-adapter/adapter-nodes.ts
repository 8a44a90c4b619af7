// How many servers an adapter knows of, itself among them.
import type { Coordination } from "../../src/facades/index.ts";
import { isObject } from "../shared/index.ts";

const INTERVAL_MILLIS = 5_000;
const MAX_NODES = 1_000;

/** As far as an adapter is asked here. */
interface Adapter {
  serverCount(): Promise<unknown>;
}

/** Asks the adapters every five seconds, and lets as many nodes show a sign of life. */
export class AdapterNodes {
  readonly #coordination: Coordination;
  readonly #live = new Set<WeakRef<Adapter>>();
  readonly #counts = new WeakMap<object, number>();
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #known = 0;

  constructor(coordination: Coordination) {
    this.#coordination = coordination;
  }

  /** To be told of each adapter. One a server is enough: that of the namespace which each has. */
  made(adapter: unknown): void {
    if (!isAdapter(adapter)) return;
    const namespace: unknown = Reflect.get(adapter, "nsp");
    if (!isObject(namespace) || Reflect.get(namespace, "name") !== "/") return;
    this.#live.add(new WeakRef(adapter));
    this.#timer ??= setInterval(() => void this.#ask(), INTERVAL_MILLIS).unref();
  }

  /** To be told of an adapter that is closed. */
  closed(adapter: unknown): void {
    for (const reference of this.#live) if (reference.deref() === adapter) this.#live.delete(reference);
  }

  /** Whether there are others than the adapter's own, when that was last asked. */
  hasOthers(adapter: unknown): boolean {
    return isObject(adapter) && (this.#counts.get(adapter) ?? 0) > 1;
  }

  /** To be told how many there are, whoever has asked. */
  counted(count: unknown, adapter?: unknown): void {
    if (typeof count !== "number" || !(count >= 0)) return;
    if (isObject(adapter)) this.#counts.set(adapter, count);
    const now = Math.min(count, MAX_NODES);
    for (let i = 1; i <= now; i++) this.#coordination.heartbeat(nameOf(i));
    for (let i = now + 1; i <= this.#known; i++) this.#coordination.leave(nameOf(i));
    this.#known = now;
  }

  /** Asks no more, and takes the nodes back. */
  end(): void {
    clearInterval(this.#timer);
    this.counted(0);
  }

  // A client that waits for Redis keeps what it is asked: one question at a time.
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      for (const reference of this.#live) {
        const adapter = reference.deref();
        if (adapter === undefined) this.#live.delete(reference);
        else this.counted(await adapter.serverCount());
      }
    } catch {
      // Redis does not answer: the nodes show no sign of life, and go after a while.
    } finally {
      this.#isAsking = false;
    }
  }
}

// Which server is which nobody tells.
function nameOf(index: number): string {
  return `socket.io ${index}`;
}

function isAdapter(value: unknown): value is Adapter {
  return isObject(value) && typeof Reflect.get(value, "serverCount") === "function";
}
