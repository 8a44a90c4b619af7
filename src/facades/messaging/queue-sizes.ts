import { jsonText } from "../../events/json-text.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { type Attributes } from "@opentelemetry/api";
import { askedNumber } from "../../recording/asked.ts";
import type { FacadeMeter } from "../../recording/facade-meter.ts";
import { Members, type KindOfState } from "../../recording/shared-state.ts";

/** Name of the instrument. */
export const QUEUE_SIZE = "message.queue.size";

/** A queue, and the attributes of its size. */
export interface Queue {
  /** Equal for registrations that replace each other. */
  readonly identity: string;
  /** Equal for queues whose sizes are added up. */
  readonly series: string;
  readonly attributes: Attributes;
}

interface Registration {
  readonly queue: Queue;
  readonly size: number | (() => number);
}

const STATE: KindOfState<Members<QueueSizes>, [QueueSizes]> = {
  kind: "queues",
  create: (sizes: QueueSizes) => new Members(sizes),
  observe: (meter, shared) => {
    meter
      .createObservableGauge(QUEUE_SIZE, {
        unit: "{message}",
        description: "Messages that wait in a queue.",
      })
      .addCallback((result) => {
        const sums = new Map<string, { readonly attributes: Attributes; size: number }>();
        for (const { queue, size } of shared.state.flatMap((member) => member.sizes())) {
          const sum = sums.get(queue.series);
          if (sum === undefined) sums.set(queue.series, { attributes: queue.attributes, size });
          else sum.size += size;
        }
        for (const { attributes, size } of sums.values()) result.observe(size, attributes);
      });
  },
};
const MAX_QUEUES = 10_000;

/** Creates a queue. It is identified by its real destination, which may be exported as `_other`, and all attributes. */
export function queueFrom(
  system: string | undefined,
  destination: string | undefined,
  attributes: Attributes,
): Queue {
  const series = jsonText(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { identity: JSON.stringify([system, destination, series]), series, attributes };
}

/**
 * Sizes exported by the gauge `message.queue.size`, which adds up those of all facades on one provider. At most 10,000
 * sizes are kept; the oldest is dropped first.
 */
export class QueueSizes {
  readonly #meter: FacadeMeter;
  readonly #registrations = new Map<string, Registration>();
  readonly #once = new LogOnce();

  constructor(meter: FacadeMeter) {
    this.#meter = meter;
    meter.share(STATE, this);
  }

  /**
   * Sets the size of a queue, in place of an earlier one. Returns a function that removes this size. A size that is
   * neither a number nor a function is dropped.
   */
  set(queue: Queue, size: number | (() => number)): () => void {
    if (typeof size !== "number" && typeof size !== "function") {
      this.#meter.dropped.measurement(QUEUE_SIZE, "not_a_number", size);
      return () => {};
    }
    // Creates the instrument once there is a provider.
    this.#meter.meter();
    const registration = { queue, size };
    this.#registrations.delete(queue.identity);
    this.#registrations.set(queue.identity, registration);
    if (this.#registrations.size > MAX_QUEUES) this.#dropOldest();
    return () => {
      if (this.#registrations.get(queue.identity) === registration)
        this.#registrations.delete(queue.identity);
    };
  }

  /** Returns the number that was last set for a queue, or 0. */
  numberOf({ identity }: Queue): number {
    const size = this.#registrations.get(identity)?.size;
    return typeof size === "number" ? size : 0;
  }

  /** Returns the current sizes. */
  sizes(): readonly { readonly queue: Queue; readonly size: number }[] {
    // A copy, since a called function may set and remove sizes.
    return [...this.#registrations.values()].flatMap(({ queue, size: given }) => {
      const size = typeof given === "function" ? askedNumber(QUEUE_SIZE, this.#meter.dropped, given) : given;
      return size === undefined ? [] : [{ queue, size }];
    });
  }

  #dropOldest(): void {
    const [oldest = ""] = this.#registrations.keys();
    this.#registrations.delete(oldest);
    this.#once.warn(
      "",
      () =>
        `instrument "${QUEUE_SIZE}": there are more than ${MAX_QUEUES} queues, so the oldest size was dropped; call the function that queueSize returned when a queue is gone`,
    );
  }
}
