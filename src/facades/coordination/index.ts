import { facadeOptions } from "../../options/facades.ts";
import type { Attributes } from "@opentelemetry/api";
import { CoordinationState } from "./state.ts";
import { withOwnAttributes } from "../../recording/attributes.ts";
import { readField } from "../../events/labels.ts";
import type { EventSink } from "../../recording/event-sink.ts";
import { FacadeMeter, type FacadeOptions } from "../../recording/facade-meter.ts";
import { nameFromGiven } from "../../recording/given-name.ts";
import {
  type GuardedCounter,
  type GuardedHistogram,
  refusalOfAmount,
} from "../../recording/guarded-instruments.ts";
import type { Shared, KindOfState } from "../../recording/shared-state.ts";

/** Options of `Coordination`. */
export interface CoordinationOptions extends FacadeOptions {
  /**
   * Seconds without a heartbeat after which a node is no longer active.
   *
   * @defaultValue 30
   */
  readonly nodeTimeout?: number | undefined;
  /** @internal */
  readonly events?: EventSink | undefined;
}

/** Options of `Coordination.message`. */
export interface CoordinationMessageOptions {
  /** Seconds from the message to its reply, recorded in `coordination.message.latency`. */
  readonly latency?: number | undefined;
  /** Additional attributes of the message. */
  readonly attributes?: Attributes | undefined;
}

const MESSAGES = "coordination.messages";
const ACTIVE_NODES = "coordination.active_nodes";
const LEADER_CHANGES = "coordination.leader.changes";
const MESSAGE_TYPE = "coordination.message.type";
const LOCK_WAIT = "coordination.lock.wait.duration";
const LOCK_HOLD = "coordination.lock.hold.duration";
const LOCK_NAME = "coordination.lock.name";
const STATE: KindOfState<CoordinationState, []> = {
  kind: "coordination",
  create: () => new CoordinationState(),
  observe: (meter, shared) => {
    // A counter of its own, since that of a callback may have begun before: an increase would leave out its first value.
    const lost = meter.createCounter("coordination.nodes.lost", {
      unit: "{node}",
      description: "Nodes that crashed, or sent no heartbeat any more.",
    });
    let counted = 0;
    meter
      .createObservableGauge(ACTIVE_NODES, {
        unit: "{node}",
        description: "Nodes that joined or sent a heartbeat lately and did not leave.",
      })
      .addCallback((result) => {
        result.observe(shared.state.activeNodes);
        const all = shared.state.nodes.lost;
        if (all > counted) lost.add(all - counted);
        counted = all;
      });
  },
};
const DEFAULT_NODE_TIMEOUT_SECONDS = 30;
const NO_ATTRIBUTES: Attributes = Object.freeze({});

/**
 * Records the messages, nodes, leader and locks of a distributed system. All facades on one provider share the nodes
 * and the leader. No call ever throws: measurements with an invalid name or number are dropped, counted in
 * `telemetry.dropped` and logged once.
 *
 * @example
 * const coordination = new Coordination();
 * coordination.join("worker-1");
 * const reply = coordination.startMessage("assign");
 * // … when the reply has arrived:
 * const seconds = reply();
 */
export class Coordination {
  readonly #meter: FacadeMeter;
  readonly #events: EventSink | undefined;
  readonly #nodeTimeoutSeconds: number;
  readonly #shared: Shared<CoordinationState>;
  readonly #messages: GuardedCounter;
  readonly #latency: GuardedHistogram;
  readonly #leaderChanges: GuardedCounter;
  readonly #lockWait: GuardedHistogram;
  readonly #lockHold: GuardedHistogram;

  /**
   * Creates the facade.
   *
   * @throws OptionsError if `nodeTimeout` is not a number of seconds above 0.
   */
  constructor(options: CoordinationOptions = {}) {
    const { nodeTimeout = DEFAULT_NODE_TIMEOUT_SECONDS } = facadeOptions("coordination", options);
    this.#nodeTimeoutSeconds = nodeTimeout;
    this.#events = options.events;
    const meter = new FacadeMeter("tachymeter.coordination", options);
    this.#meter = meter;
    this.#messages = meter.counter(MESSAGES, "{message}", "Coordination messages, by type.");
    this.#latency = meter.durations(
      "coordination.message.latency",
      "Time from a coordination message to its reply.",
    );
    this.#leaderChanges = meter.counter(
      LEADER_CHANGES,
      "{change}",
      "Changes of the leader, the first one included.",
    );
    this.#lockWait = meter.durations(LOCK_WAIT, "Time waited for a lock.");
    this.#lockHold = meter.durations(LOCK_HOLD, "Time a lock was held.");
    this.#shared = meter.share(STATE);
  }

  /** Counts one message in `coordination.messages`, and records its latency if it is given. */
  message(type?: string, options?: CoordinationMessageOptions): void {
    const { latency, attributes: given } = readable(options);
    const name = this.#meter.labelFrom(type, MESSAGES, MESSAGE_TYPE);
    const own = name === undefined ? NO_ATTRIBUTES : { [MESSAGE_TYPE]: name };
    const attributes = withOwnAttributes(own, given, (key) =>
      this.#meter.dropped.label(MESSAGES, "invalid", key),
    );
    this.#messages.add(1, attributes);
    if (latency !== undefined) this.#latency.record(latency, attributes);
    if (this.#events?.listens("coordination.message")) {
      this.#events.raise("coordination.message", {
        ...(name !== undefined && { type: name }),
        ...(refusalOfAmount(latency) === undefined && { latency }),
      });
    }
  }

  /**
   * Starts timing a message. Call the returned function when the reply arrives: it counts the message, records its
   * latency and returns the latency in seconds. Further calls only return the seconds. A message without a reply is not
   * counted.
   */
  startMessage(type?: string): () => number {
    const startedMillis = performance.now();
    let latency: number | undefined;
    return () => {
      if (latency === undefined) {
        latency = (performance.now() - startedMillis) / 1000;
        this.message(type, { latency });
      }
      return latency;
    };
  }

  /**
   * Adds an active node. It stays active until it leaves or sends no heartbeat for `nodeTimeout` seconds; with
   * `lasting`, only until it leaves.
   */
  join(node: string, options?: { readonly lasting?: boolean | undefined }): void {
    const name = this.#name(ACTIVE_NODES, node);
    if (name === undefined) return;
    const { nodes } = this.#shared.state;
    if (readField(options, "lasting") === true) nodes.keep(name);
    else nodes.hear(name, this.#nodeTimeoutSeconds);
    this.#raise("coordination.join", { node: name });
  }

  /** Records a heartbeat of a node. An unknown node joins. */
  heartbeat(node: string): void {
    const name = this.#name(ACTIVE_NODES, node);
    if (name !== undefined) this.#shared.state.nodes.hear(name, this.#nodeTimeoutSeconds);
  }

  /** Removes a node from the active ones. One that is `lost`, as after a crash, is counted in `coordination.nodes.lost`. */
  leave(node: string, options?: { readonly lost?: boolean | undefined }): void {
    const name = this.#name(ACTIVE_NODES, node);
    if (name === undefined) return;
    this.#shared.state.nodes.forget(name, readField(options, "lost") === true);
    this.#raise("coordination.leave", { node: name });
  }

  /**
   * Number of active nodes, as exported in `coordination.active_nodes`. In the process that exports the metrics of a
   * group, they are the nodes of all members.
   */
  get activeNodes(): number {
    return this.#shared.state.activeNodes;
  }

  /**
   * Sets the leader. A change is counted in `coordination.leader.changes`. The counts of a group are added up, so report a
   * change in one process of it, such as the new leader.
   */
  leaderChanged(leader: string): void {
    const name = this.#name(LEADER_CHANGES, leader);
    if (name === undefined || !this.#shared.state.setLeader(name)) return;
    this.#leaderChanges.add(1);
    this.#raise("coordination.leader", { leader: name });
  }

  /** The leader last set by `leaderChanged`; in the process that exports the metrics of a group, in any member. */
  get leader(): string | undefined {
    return this.#shared.state.currentLeader;
  }

  /** Records the seconds spent waiting for a lock in `coordination.lock.wait.duration`. Call it once the lock is held. */
  lockAcquired(name: string, waitedSeconds: number): void {
    this.#recordLock(LOCK_WAIT, this.#lockWait, name, waitedSeconds);
  }

  /** Records the seconds a lock was held in `coordination.lock.hold.duration`. Call it once the lock is released. */
  lockReleased(name: string, heldSeconds: number): void {
    this.#recordLock(LOCK_HOLD, this.#lockHold, name, heldSeconds);
  }

  #recordLock(instrument: string, durations: GuardedHistogram, given: string, seconds: number): void {
    const name = this.#meter.labelFrom(given, instrument, LOCK_NAME);
    durations.record(seconds, name === undefined ? NO_ATTRIBUTES : { [LOCK_NAME]: name });
  }

  // Returns the name of a node or leader. The measurement is dropped if the name is invalid.
  #name(instrument: string, given: unknown): string | undefined {
    // Creates the observable instruments once there is a provider.
    this.#meter.meter();
    const name = nameFromGiven(given);
    if (name === undefined)
      this.#meter.dropped.measurement(instrument, "invalid_name", given, "use a string");
    return name;
  }

  #raise(type: string, data: Readonly<Record<string, unknown>>): void {
    if (this.#events?.listens(type)) this.#events.raise(type, data);
  }
}

// `options` may be of another type, or throw when read.
function readable(options: CoordinationMessageOptions | undefined): CoordinationMessageOptions {
  try {
    return { latency: options?.latency, attributes: options?.attributes };
  } catch {
    return {};
  }
}
