// Durations of the operations of messaging clients, by OpenTelemetry's semantic conventions.
import type { Histogram } from "@opentelemetry/api";
import { BoundedNames, OTHER_NAME } from "../../src/recording/bounded-names.ts";
import { errorTypeOf } from "../../src/recording/error-type.ts";
import { nanosSince, nowMillis } from "./clock.ts";
import type { Destinations } from "./destinations.ts";
import { histogram } from "./instruments.ts";
import { type Callback, isCallback, measuredCallback, type Outcome } from "./observed.ts";
import type { Recording } from "./recording.ts";

/** An operation that waits for the response of a broker. */
export interface ClientOperation {
  /** Attribute `messaging.operation.name`. */
  readonly name: string;
  readonly type: "send" | "receive" | "settle";
  /** The library's name of the destination; `undefined` for several. */
  readonly destination: string | undefined;
  readonly address?: unknown;
  readonly port?: unknown;
}

const MAX_SERVERS = 100;

/** Records `messaging.client.operation.duration`. The first 100 servers are named, further ones are `_other`. */
export class ClientOperations {
  readonly #recording: Recording<unknown>;
  readonly #destinations: Destinations;
  readonly #duration: Histogram;
  readonly #servers = new BoundedNames(MAX_SERVERS);

  constructor(recording: Recording<unknown>, destinations: Destinations) {
    this.#recording = recording;
    this.#destinations = destinations;
    this.#duration = histogram(recording.meter, "messaging.client.operation.duration");
  }

  /** Begins an operation; its time is recorded when one of the returned functions is called, which then call `outcome`. */
  begun(operation: ClientOperation, { fulfilled, rejected }: Outcome = {}): Required<Outcome> {
    const startMillis = nowMillis();
    return {
      fulfilled: (value) => {
        this.ended(operation, nanosSince(startMillis));
        fulfilled?.(value);
      },
      rejected: (error) => {
        this.ended(operation, nanosSince(startMillis), { "error.type": errorTypeOf(error) });
        rejected?.(error);
      },
    };
  }

  /** Begins an operation that ends with a call of `callback`, which may be missing. Returns the callback to pass on. */
  calledBack(operation: ClientOperation, callback: unknown): Callback {
    const { fulfilled, rejected } = this.begun(operation);
    return measuredCallback(isCallback(callback) ? callback : () => {}, (error) =>
      this.#recording.safely(() => (error === undefined ? fulfilled(undefined) : rejected(error))),
    );
  }

  /** Records an operation that has ended. */
  ended(operation: ClientOperation, nanos: number, failure?: { readonly "error.type": string }): void {
    const { name, type, destination, address, port } = operation;
    const server = typeof address === "string" ? this.#servers.of(`${address} ${String(port)}`) : undefined;
    const isNamed = server !== undefined && server !== OTHER_NAME;
    this.#duration.record(nanos / 1e9, {
      ...(destination === undefined
        ? { "messaging.system.name": this.#destinations.system }
        : this.#destinations.attributesOf(destination)),
      "messaging.operation.name": name,
      "messaging.operation.type": type,
      ...(server !== undefined && { "server.address": isNamed ? String(address) : server }),
      ...(isNamed && typeof port === "number" && { "server.port": port }),
      ...failure,
    });
  }
}
