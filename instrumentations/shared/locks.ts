// Locks from their acquisition to their release.
import type { Counter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { Coordination } from "../../src/facades/coordination/index.ts";
import { counter } from "./instruments.ts";
import { KnownNames } from "./names.ts";
import type { LocksConfig, NodesConfig } from "./options.ts";
import type { Recording } from "./recording.ts";

const LOCK_NAME = "coordination.lock.name";

/** Returns the facade of the configuration, or one on the instrumentation's meter provider. */
export function coordinationOf({ config, meterProvider }: Recording<NodesConfig>): Coordination {
  return config.coordination ?? new Coordination({ meterProvider });
}

interface HeldLock {
  readonly name: string;
  readonly sinceMillis: number;
}

/** Locks of one instrumentation, by an object of the library, which is referenced weakly. */
export class Locks {
  readonly coordination: Coordination;
  readonly names: KnownNames;
  readonly #contentions: Counter;
  readonly #failures: Counter;
  readonly #lost: Counter;
  readonly #held = new WeakMap<object, HeldLock>();

  constructor(recording: Recording<LocksConfig>) {
    this.coordination = coordinationOf(recording);
    this.names = new KnownNames(recording);
    this.#contentions = counter(recording.meter, "coordination.lock.contentions");
    this.#failures = counter(recording.meter, "coordination.lock.failures");
    this.#lost = counter(recording.meter, "coordination.leases.lost");
  }

  /** Records that a lock was acquired, after a wait since `sinceMillis`. */
  acquired(lock: object, given: string, sinceMillis: number): void {
    const name = this.names.of(given);
    const nowMillis = performance.now();
    this.#held.set(lock, { name, sinceMillis: nowMillis });
    this.coordination.lockAcquired(name, (nowMillis - sinceMillis) / 1_000);
  }

  /** Records that a lock was not available at once. */
  contended(given: string): void {
    this.#contentions.add(1, { [LOCK_NAME]: this.names.of(given) });
  }

  /** Records that an attempt to acquire a lock has failed. */
  failed(given: string, error: unknown): void {
    this.#failures.add(1, { [LOCK_NAME]: this.names.of(given), "error.type": errorTypeOf(error) });
  }

  /** Records that the object `later` now represents the lock in place of `lock`. */
  renewed(lock: object, later: object): void {
    const held = this.#held.get(lock);
    if (held !== undefined) this.#held.set(later, held);
  }

  /** Records that a lock was released. */
  released(lock: object): void {
    const held = this.#take(lock);
    if (held === undefined) return;
    this.coordination.lockReleased(held.name, (performance.now() - held.sinceMillis) / 1_000);
  }

  /** Records that a lock was lost while it was held. Counted once. */
  lost(lock: object): void {
    const held = this.#take(lock);
    if (held !== undefined) this.#lost.add(1, { [LOCK_NAME]: held.name });
  }

  /** Records the loss of a lease that belongs to no lock. */
  lostLease(): void {
    this.#lost.add(1);
  }

  #take(lock: object): HeldLock | undefined {
    const held = this.#held.get(lock);
    this.#held.delete(lock);
    return held;
  }
}
