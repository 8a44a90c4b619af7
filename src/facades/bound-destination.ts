// One destination of messages, with its attributes settled once.
import type { Attributes } from "@opentelemetry/api";

/** What `Messaging.destination` takes beside the name. */
export interface DestinationOptions {
  /** The messaging system, in place of the facade's. */
  readonly system?: string | undefined;
  /** Further attributes of everything recorded on this destination. */
  readonly attributes?: Attributes | undefined;
}

/** One destination of a `Messaging`. */
export class BoundDestination {
  /** Counts messages sent. */
  sent(_count = 1): void {}

  /** Counts messages received. */
  received(_count = 1): void {}

  /** Records how long one message took to process. */
  processed(_seconds: number, _error?: unknown): void {}

  /** Runs `handler` and records how long it took. */
  process<T>(handler: () => T): T {
    return handler();
  }

  /** Tells how many messages wait. */
  queueSize(_size: number | (() => number)): () => void {
    return () => {};
  }
}
