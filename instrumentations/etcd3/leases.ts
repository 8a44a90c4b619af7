// Leases: kept alive by messages to the server, or lost.
import { isObject, type Locks, type Recording } from "../shared/index.ts";

/** The type of the messages that keep a lease alive. */
const KEEP_ALIVE = "lease.keepalive";

/** Where leases are recorded. */
export interface LeaseRecording {
  readonly recording: Recording<unknown>;
  readonly locks: Locks;
}

/** Has the leases of this prototype recorded, by what they emit. */
export function attachToLeases(prototype: object, { recording, locks }: LeaseRecording): void {
  const firedMillis = new WeakMap<object, number>();
  const lost = new WeakSet<object>();
  const observe = (lease: object, event: unknown): void => {
    if (event === "keepaliveFired") firedMillis.set(lease, performance.now());
    else if (event === "keepaliveSucceeded") {
      const fired = firedMillis.get(lease);
      firedMillis.delete(lease);
      const latency = fired === undefined ? undefined : (performance.now() - fired) / 1_000;
      locks.coordination.message(KEEP_ALIVE, { latency });
    } else if (event === "lost" && !lost.has(lease)) {
      lost.add(lease);
      locks.lostLease();
    }
  };
  recording.before(prototype, "emit", (lease, [event]) => {
    if (isObject(lease)) observe(lease, event);
  });
}
