// How the nodes of a system agree with each other: messages, who is there, who leads, who holds which lock.
import type { Attributes } from "@opentelemetry/api";
import type { EventSink } from "./event-sink.ts";
import type { FacadeOptions } from "./facade-meter.ts";

/** What a `Coordination` takes. */
export interface CoordinationOptions extends FacadeOptions {
  /**
   * Seconds after which a node that neither joined nor sent a heartbeat is no longer active.
   *
   * @defaultValue 30
   */
  readonly nodeTimeout?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
}

/** What is known of one coordination message beside its type. */
export interface CoordinationMessageOptions {
  /** Seconds from the message to its reply. */
  readonly latency?: number | undefined;
  /** Further attributes of the message. */
  readonly attributes?: Attributes | undefined;
}

/** Records how the nodes of a system coordinate. */
export class Coordination {
  constructor(_options: CoordinationOptions = {}) {}

  /** Counts one message. */
  message(_type?: string, _options?: CoordinationMessageOptions): void {}

  /** Starts the clock of one message. */
  startMessage(_type?: string): () => number {
    return () => 0;
  }

  /** Takes a node in. */
  join(_node: string): void {}

  /** Notes that a node lives. */
  heartbeat(_node: string): void {}

  /** Takes a node out. */
  leave(_node: string): void {}

  /** How many nodes are active now. */
  get activeNodes(): number {
    return 0;
  }

  /** Notes who leads. */
  leaderChanged(_leader: string): void {}

  /** Who leads. */
  get leader(): string | undefined {
    return undefined;
  }

  /** Records how long a lock was waited for. */
  lockAcquired(_name: string, _waitedSeconds: number): void {}

  /** Records how long a lock was held. */
  lockReleased(_name: string, _heldSeconds: number): void {}
}
