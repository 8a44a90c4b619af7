// Calls that a library publishes on tracing channels of `node:diagnostics_channel`. Nothing of the library is patched, and none of
// its files is needed, so that this works in a bundle, too.
import { Itself } from "./attached.ts";
import { nanosSince, nowMillis } from "./clock.ts";
import type { DatabaseTarget } from "./database-operations.ts";
import type { Recording } from "./recording.ts";

/** A message, the same object from the begin of a call to its end. Any field may be missing or of any type. */
export type PublishedCall = Readonly<Record<PropertyKey, unknown>>;

/** Functions that record the calls of one channel. */
export interface PublishedCalls<Kept> {
  /** Called at the begin; returns what its end needs, or `undefined` if the call is not measured. */
  readonly begin: (call: PublishedCall) => Kept | undefined;
  /** Called once, when the call has its result, or has failed with `error`, before the application gets either. */
  readonly end: (kept: Kept, nanos: number, call: PublishedCall, error: unknown) => void;
}

/**
 * Records the calls of tracing channels, by the channels' names: `mysql2:query`. The start of a call lies in private fields of
 * its message. So an end without a begin is ignored, and a call that never ends is freed with its message.
 */
export function recordPublished<Kept>(
  recording: Recording<unknown>,
  channels: Readonly<Record<string, PublishedCalls<Kept>>>,
): void {
  for (const [channel, calls] of Object.entries(channels)) recordCalls(recording, channel, calls);
}

function recordCalls<Kept>(
  recording: Recording<unknown>,
  channel: string,
  { begin, end }: PublishedCalls<Kept>,
): void {
  class Call extends Itself {
    // `undefined` once the call has ended.
    #kept: Kept | undefined;
    #startMillis = nowMillis();

    constructor(call: object, kept: Kept) {
      super(call);
      this.#kept = kept;
    }

    static begin(call: PublishedCall): void {
      const isKnown = #kept in call;
      // A listener that was added with the message may get it twice.
      if (isKnown && call.#kept !== undefined) return;
      const kept = begin(call);
      if (kept === undefined) return;
      if (!isKnown) return void new Call(call, kept);
      call.#kept = kept;
      call.#startMillis = nowMillis();
    }

    static end(call: PublishedCall): void {
      if (!(#kept in call) || call.#kept === undefined) return;
      const kept = call.#kept;
      call.#kept = undefined;
      end(kept, nanosSince(call.#startMillis), call, failureOf(call));
    }
  }
  recording.subscribe(`tracing:${channel}:start`, (call) => Call.begin(call));
  // The end of the synchronous part: of the whole call only if it has returned or thrown.
  recording.subscribe(`tracing:${channel}:end`, (call) => {
    if ("result" in call || call["error"] !== undefined) Call.end(call);
  });
  // A promise or callback has its result; `asyncEnd` follows after the callback, which is not part of the call.
  recording.subscribe(`tracing:${channel}:asyncStart`, (call) => Call.end(call));
}

// A promise may be rejected with `undefined` or `null`.
function failureOf(call: PublishedCall): unknown {
  return call["error"] ?? ("error" in call && !("result" in call) ? "undefined" : undefined);
}

const MAX_TARGETS = 1_000;

/** Returns a function that returns one target for all calls to the same server and database. */
export function publishedTargets(
  make: (server: Readonly<Record<"address" | "port" | "database", unknown>>) => DatabaseTarget,
): (call: PublishedCall) => DatabaseTarget {
  const targets = new Map<string, DatabaseTarget>();
  return ({ serverAddress: address, serverPort: port, database }) => {
    const key = `${String(address)} ${String(port)} ${String(database)}`;
    const target = targets.get(key) ?? make({ address, port, database });
    if (targets.size < MAX_TARGETS) targets.set(key, target);
    return target;
  };
}
