// The messages of the `mqtt` package's clients, found by what they emit.
import { diag, type MeterProvider } from "@opentelemetry/api";
import {
  InstrumentationBase,
  type InstrumentationConfig,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from "@opentelemetry/instrumentation";
import { type BoundDestination, Messaging } from "../../src/facades/index.ts";
import { replaceMethod } from "../../src/facades/replace-method.ts";
import { VERSION } from "../../src/version.ts";
import { deliver } from "./delivery.ts";
import { Destinations, MESSAGING_SYSTEM } from "./destinations.ts";
import { LiveClients } from "./live-clients.ts";

const SUPPORTED_VERSIONS = [">=5.0.2 <6"];

export interface MqttInstrumentationConfig extends InstrumentationConfig {
  /** Where the messages are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  messaging?: Messaging;
  /**
   * The name of a topic's destination, of which there may be 100 before further ones are recorded as `_other`. Default:
   * the topic with `+` in place of each level that looks like an id.
   */
  destination?: (topic: string) => string;
}

/**
 * Records what the clients of the `mqtt` package send, receive, process and hold back.
 *
 * @example
 * new MqttInstrumentation({ messaging, destination: (topic) => topic.split("/")[0] ?? "" });
 */
export class MqttInstrumentation extends InstrumentationBase<MqttInstrumentationConfig> {
  readonly #clients = new LiveClients();
  // What is replaced, and its removal: more than one where several copies of the package are installed.
  readonly #replaced = new Map<object, (() => void) | undefined>();
  #meterProvider: MeterProvider | undefined;
  #destinations: Destinations | undefined;
  #removeBacklog: (() => void) | undefined;
  #hasFailed = false;

  constructor(config: MqttInstrumentationConfig = {}) {
    // The base class would enable before the fields above are there.
    super("tachymeter.mqtt", VERSION, { ...config, enabled: false });
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  override enable(): void {
    if (this.isEnabled()) return;
    super.enable();
    for (const prototype of this.#replaced.keys()) this.#replace(prototype);
  }

  override disable(): void {
    if (!this.isEnabled()) return;
    super.disable();
    for (const [prototype, remove] of this.#replaced) {
      remove?.();
      this.#replaced.set(prototype, undefined);
    }
    this.#forgetFacade();
  }

  override setConfig(config: MqttInstrumentationConfig): void {
    super.setConfig(config);
    // The base class calls this before the fields are there.
    if (#destinations in this) this.#forgetFacade();
  }

  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#meterProvider = meterProvider;
    this.#forgetFacade();
  }

  // An inner file, since a hook of `require` sees those also where an ES module imports the package.
  protected override init(): InstrumentationNodeModuleDefinition {
    const patch = (exports: unknown): unknown => {
      const prototype = clientPrototypeOf(exports);
      if (prototype !== undefined) this.#replace(prototype);
      return exports;
    };
    const unpatch = (): void => {};
    return new InstrumentationNodeModuleDefinition("mqtt", SUPPORTED_VERSIONS, undefined, undefined, [
      new InstrumentationNodeModuleFile("mqtt/build/lib/client.js", SUPPORTED_VERSIONS, patch, unpatch),
    ]);
  }

  // The clients' `emit` instead of listeners of ours: nobody's `listenerCount` changes, and the time that the
  // application's listeners take is the time that `emit` takes.
  #replace(prototype: object): void {
    if (this.#replaced.get(prototype) !== undefined) return;
    const defaultHandleMessage: unknown = Reflect.get(prototype, "handleMessage");
    this.#replaced.set(
      prototype,
      replaceMethod(prototype, "emit", (emit, [event, ...values], client) => {
        if (typeof client !== "object" || client === null) return emit();
        if (event !== "message") {
          this.#safely(() => this.#observe(client, event, values[0]));
          return emit();
        }
        const destination = this.#safely(() => this.#received(values[0]));
        return destination === undefined
          ? emit()
          : deliver({ client, destination, emit, defaultHandleMessage });
      }),
    );
  }

  #observe(client: object, event: unknown, packet: unknown): void {
    if (event === "packetsend") {
      const destinations = this.#findDestinations();
      const topic = this.#clients.of(client).newTopicSent(packet);
      if (topic !== undefined) destinations.of(topic).sent();
    } else if (event === "packetreceive") this.#clients.of(client).received(packet);
    else if (event === "connect") this.#clients.of(client).connected();
    else if (event === "end") this.#clients.ended(client);
  }

  #received(topic: unknown): BoundDestination | undefined {
    if (typeof topic !== "string") return undefined;
    const destination = this.#findDestinations().of(topic);
    destination.received();
    return destination;
  }

  // With the first packet of any client the backlog of all is exported too.
  #findDestinations(): Destinations {
    if (this.#destinations !== undefined) return this.#destinations;
    const { messaging = new Messaging({ meterProvider: this.#meterProvider }), destination } =
      this.getConfig();
    const system = { "messaging.system": MESSAGING_SYSTEM };
    this.#removeBacklog = messaging.queueSize(undefined, () => this.#clients.backlog(), system);
    this.#destinations = new Destinations(messaging, destination);
    return this.#destinations;
  }

  #forgetFacade(): void {
    this.#removeBacklog?.();
    this.#removeBacklog = undefined;
    this.#destinations = undefined;
  }

  #safely<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (error) {
      if (!this.#hasFailed) diag.error("an mqtt message could not be recorded; this is logged once", error);
      this.#hasFailed = true;
      return undefined;
    }
  }
}

function clientPrototypeOf(exports: unknown): object | undefined {
  if (typeof exports !== "object" || exports === null || !("default" in exports)) return undefined;
  const client = exports.default;
  if (typeof client !== "function") return undefined;
  const prototype: unknown = client.prototype;
  return typeof prototype === "object" && prototype !== null ? prototype : undefined;
}
