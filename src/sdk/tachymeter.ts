// The running SDK: what `start()` returns.
import type { Resource } from "@opentelemetry/resources";
import { OptionsError, LOG_LEVELS, type LogLevel } from "../options/index.ts";
import type {
  Application,
  Commands,
  Coordination,
  Custom,
  Events,
  Health,
  Kernels,
  Messaging,
  Network,
  Snapshot,
  System,
  TelemetryCollector,
} from "../facades/index.ts";
import type { History } from "../history/index.ts";
import type { Facades } from "./facades.ts";
import type { SdkMeterProvider } from "./options.ts";
import { setLogLevel } from "./stderr-logger.ts";

/** The parts of a running SDK. */
export interface TachymeterParts extends Facades {
  readonly ready: Promise<void>;
  readonly meterProvider: SdkMeterProvider;
  readonly resource: Resource;
  readonly history: History | undefined;
  readonly prometheusUrl: () => string | undefined;
  readonly logLevel: LogLevel;
  readonly forceFlush: () => Promise<void>;
  readonly shutdown: () => Promise<void>;
}

/**
 * The running SDK: its provider, its facades, its end. Made by `start()` alone.
 *
 * @example
 * await using telemetry = start();
 * telemetry.messaging.sent("jobs");
 */
export class Tachymeter implements AsyncDisposable {
  /**
   * Resolves once all readers listen. Rejects with an AggregateError of what only the system could tell, such as a port
   * in use; that is logged too, and never an unhandled rejection. The other readers run on.
   */
  readonly ready: Promise<void>;
  readonly meterProvider: SdkMeterProvider;
  readonly resource: Resource;
  readonly collector: TelemetryCollector;
  readonly coordination: Coordination;
  readonly messaging: Messaging;
  readonly health: Health;
  readonly kernels: Kernels;
  readonly application: Application;
  readonly custom: Custom;
  readonly commands: Commands;
  readonly network: Network;
  readonly system: System;
  readonly events: Events;
  /** What is kept of all this on this machine, where option `history` says so. */
  readonly history: History | undefined;
  readonly #prometheusUrl: () => string | undefined;
  #logLevel: LogLevel;
  readonly #forceFlush: () => Promise<void>;
  readonly #end: () => Promise<void>;
  #ended: Promise<void> | undefined;

  private constructor(parts: TachymeterParts) {
    this.ready = parts.ready;
    this.meterProvider = parts.meterProvider;
    this.resource = parts.resource;
    this.collector = parts.collector;
    this.coordination = parts.coordination;
    this.messaging = parts.messaging;
    this.health = parts.health;
    this.kernels = parts.kernels;
    this.application = parts.application;
    this.custom = parts.custom;
    this.commands = parts.commands;
    this.network = parts.network;
    this.system = parts.system;
    this.events = parts.events;
    this.history = parts.history;
    this.#prometheusUrl = parts.prometheusUrl;
    this.#logLevel = parts.logLevel;
    this.#forceFlush = parts.forceFlush;
    this.#end = parts.shutdown;
  }

  /** @internal */
  static of(parts: TachymeterParts): Tachymeter {
    return new Tachymeter(parts);
  }

  /** Where Prometheus can scrape, once the endpoint listens: see `ready`. */
  get prometheusUrl(): string | undefined {
    return this.#prometheusUrl();
  }

  /**
   * Which diagnostics of the telemetry are logged. May be changed at any time; a logger that the application set by
   * `diag.setLogger` keeps its own level.
   *
   * @throws OptionsError if it is set to something else.
   *
   * @example
   * telemetry.logLevel = "debug";
   */
  get logLevel(): LogLevel {
    return this.#logLevel;
  }

  set logLevel(level: LogLevel) {
    if (!LOG_LEVELS.includes(level)) {
      throw new OptionsError("configuration of tachymeter", [
        { name: "logLevel", value: level, must: `be one of ${LOG_LEVELS.join(", ")}` },
      ]);
    }
    setLogLevel(level);
    this.#logLevel = level;
  }

  /** Every metric, as the JSON reader would write it now. */
  snapshot(): Promise<Snapshot> {
    return this.collector.getSnapshot();
  }

  /** Has every reader collect and export now, and the event log and the history's events written. */
  forceFlush(): Promise<void> {
    return this.#forceFlush();
  }

  /** Flushes, ends all readers, hooks and timers, and gives up the global provider. Calling it again changes nothing. */
  shutdown(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}
