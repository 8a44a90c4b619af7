/** Recorded messages of one messaging system's destinations. */
import type { Collecting } from "../kit/collecting.ts";
import { countOf, sumOf } from "./histogram-figures.ts";

/** Figures of one destination; a field is missing if it was not recorded, or is always present and zero. */
export interface DestinationFigures {
  sent?: number;
  received?: number;
  /** Number of messages processed without an error. */
  processed?: number;
  inFlight?: number;
  retried?: number;
}

/** Reads the figures of `messaging.system.name` from a {@link Collecting}. */
export class MessageFigures {
  readonly #collecting: Collecting;
  readonly #system: string;

  constructor(collecting: Collecting, system: string) {
    this.#collecting = collecting;
    this.#system = system;
  }

  async of(destination: string): Promise<DestinationFigures> {
    const figures = {
      sent: await this.#number("messages.sent", destination),
      received: await this.#number("messages.received", destination),
      processed: await this.processed(destination),
      inFlight: await this.#number("messages.in_flight", destination),
      retried: await this.#number("messages.retried", destination),
    };
    return Object.fromEntries(Object.entries(figures).filter(([, value]) => value !== undefined));
  }

  /** Returns the number of messages processed with an error of this type or, by default, without one. */
  async processed(destination: string, error?: string): Promise<number | undefined> {
    const attributes = {
      ...this.#attributes(destination),
      ...(error !== undefined && { "error.type": error }),
    };
    return countOf(await this.#collecting.point("message.processing.duration", attributes));
  }

  /** Returns the total processing time of all messages without an error, in seconds. */
  async processingSeconds(destination: string): Promise<number | undefined> {
    return sumOf(await this.#collecting.point("message.processing.duration", this.#attributes(destination)));
  }

  /**
   * Returns the operations of a client with their number: `send send localhost 3`, by name, type, server and error, in
   * alphabetical order. Ports are left out.
   */
  async operations(destination: string): Promise<readonly string[]> {
    const all = await this.#collecting.points("messaging.client.operation.duration");
    const known = Object.entries(this.#attributes(destination));
    return all
      .filter(({ attributes }) => known.every(([name, value]) => attributes[name] === value))
      .map(({ attributes, value }) => {
        const names = [
          "messaging.operation.name",
          "messaging.operation.type",
          "server.address",
          "error.type",
        ];
        return [...names.flatMap((name) => attributes[name] ?? []), countOf(value)].join(" ");
      })
      .toSorted();
  }

  async queueSize(destination?: string): Promise<number | undefined> {
    return this.#number("message.queue.size", destination);
  }

  async reconnects(): Promise<number | undefined> {
    return this.#number("message.client.reconnects");
  }

  async connections(): Promise<number | undefined> {
    return this.#number("message.connections");
  }

  async #number(name: string, destination?: string): Promise<number | undefined> {
    const value = await this.#collecting.point(name, this.#attributes(destination));
    return typeof value === "number" ? value : undefined;
  }

  #attributes(destination: string | undefined): Record<string, string> {
    return {
      "messaging.system.name": this.#system,
      ...(destination !== undefined && { "messaging.destination.name": destination }),
    };
  }
}
