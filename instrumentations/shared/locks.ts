// Locks from their acquisition to their end, whichever library gives them.
import type { Counter } from "@opentelemetry/api";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { Coordination } from "../../src/facades/index.ts";
import { contentionCounter, lockFailureCounter, lostLeaseCounter } from "./coordination-instruments.ts";
import { KnownNames } from "./known-names.ts";
import type { CoordinationConfig } from "./option-sets.ts";
import type { Recording } from "./recording.ts";

const LOCK_NAME = "coordination.lock.name";

interface HeldLock {
  readonly name: string;
  readonly sinceMillis: number;
}

/** The locks of one instrumentation. Locks are known by an object of the library's, which is not kept alive. */
export class Locks {
  /** The facade to record with. */
  readonly coordination: Coordination;
  readonly names: KnownNames;
  readonly #contentions: Counter;
  readonly #failures: Counter;
  readonly #lost: Counter;
  readonly #held = new WeakMap<object, HeldLock>();

  constructor(recording: Recording<CoordinationConfig>) {
    this.coordination =
      recording.config.coordination ?? new Coordination({ meterProvider: recording.meterProvider });
    this.names = new KnownNames(recording);
    this.#contentions = contentionCounter(recording.meter);
    this.#failures = lockFailureCounter(recording.meter);
    this.#lost = lostLeaseCounter(recording.meter);
  }

  /** To be told of a lock that is held now, after a wait since `sinceMillis`. */
  acquired(lock: object, given: string, sinceMillis: number): void {
    const name = this.names.of(given);
    const nowMillis = performance.now();
    this.#held.set(lock, { name, sinceMillis: nowMillis });
    this.coordination.lockAcquired(name, (nowMillis - sinceMillis) / 1_000);
  }

  /** To be told of a lock that was not to be had at once. */
  contended(given: string): void {
    this.#contentions.add(1, { [LOCK_NAME]: this.names.of(given) });
  }

  /** To be told of a lock that was not to be had. */
  failed(given: string, error: unknown): void {
    this.#failures.add(1, { [LOCK_NAME]: this.names.of(given), "error.type": errorTypeOf(error) });
  }

  /** To be told that `later` stands for a lock in place of `lock` from now on. */
  renewed(lock: object, later: object): void {
    const held = this.#held.get(lock);
    if (held !== undefined) this.#held.set(later, held);
  }

  /** To be told of a lock that is free again. */
  released(lock: object): void {
    const held = this.#take(lock);
    if (held === undefined) return;
    this.coordination.lockReleased(held.name, (performance.now() - held.sinceMillis) / 1_000);
  }

  /** To be told of a lock that was lost while it was held. Counted once. */
  lost(lock: object): void {
    const held = this.#take(lock);
    if (held !== undefined) this.#lost.add(1, { [LOCK_NAME]: held.name });
  }

  /** To be told of a lease that was lost and is no lock's. */
  lostLease(): void {
    this.#lost.add(1);
  }

  #take(lock: object): HeldLock | undefined {
    const held = this.#held.get(lock);
    this.#held.delete(lock);
    return held;
  }
}
