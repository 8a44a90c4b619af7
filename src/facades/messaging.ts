// What an application sends, receives, processes and has waiting in its queues.
import type { Attributes } from "@opentelemetry/api";
import { BoundDestination, type DestinationOptions } from "./bound-destination.ts";
import type { EventSink } from "./event-sink.ts";
import type { FacadeOptions } from "./facade-meter.ts";

/** What a `Messaging` takes. */
export interface MessagingOptions extends FacadeOptions {
  /** The messaging system, such as `kafka` or `mqtt`: attribute `messaging.system`. */
  readonly system?: string | undefined;
  /**
   * How many destination names of one system are kept apart; further ones are recorded as `_other`.
   *
   * @defaultValue 100
   */
  readonly maxDestinations?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
  /** @internal In place of the environment variable `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly semconvStabilityOptIn?: string | undefined;
}

/** Records the messages of an application. */
export class Messaging {
  constructor(_options: MessagingOptions = {}) {}

  /** Counts messages sent. */
  sent(_destination?: string, _count = 1, _attributes?: Attributes): void {}

  /** Counts messages received. */
  received(_destination?: string, _count = 1, _attributes?: Attributes): void {}

  /** Tells how many messages wait. */
  queueSize(
    _destination: string | undefined,
    _size: number | (() => number),
    _attributes?: Attributes,
  ): () => void {
    return () => {};
  }

  /** Records how long one message took to process. */
  processed(
    _destination: string | undefined,
    _seconds: number,
    _error?: unknown,
    _attributes?: Attributes,
  ): void {}

  /** Runs `handler` and records how long it took. */
  process<T>(_destination: string | undefined, handler: () => T): T {
    return handler();
  }

  /** A handle for one destination. */
  destination(_name: string, _options?: DestinationOptions): BoundDestination {
    return new BoundDestination();
  }
}
