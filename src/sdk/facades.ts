// One instance of each facade, all on one meter provider and one event bus.
import type { MeterProvider } from "@opentelemetry/api";
import type { Configuration } from "../options/index.ts";
import { facadeEvents, linkCollector } from "../collector/index.ts";
import {
  Application,
  Commands,
  Coordination,
  Custom,
  type Events,
  Health,
  Kernels,
  Messaging,
  Network,
  System,
  TelemetryCollector,
} from "../facades/index.ts";
import type { SnapshotReader } from "../readers/reader.ts";

/** The facades of a running Tachymeter. */
export class Facades {
  /** Named metrics, recent events and snapshots. */
  readonly collector: TelemetryCollector;
  /** Records events and passes them to hooks. */
  readonly events: Events;
  /** Records messages, nodes, leader and locks of a distributed system. */
  readonly coordination: Coordination;
  /** Records sent and received messages. */
  readonly messaging: Messaging;
  /** Runs health checks and reports their status. */
  readonly health: Health;
  /** Records kernels: workers, actors or pool members that process messages. */
  readonly kernels: Kernels;
  /** Times functions and blocks of code. */
  readonly application: Application;
  /** Records counters, gauges and histograms of any name. */
  readonly custom: Custom;
  /** Records executions of commands. */
  readonly commands: Commands;
  /** Measures response times of hosts, and watches connection pools. */
  readonly network: Network;
  /** Reads figures of the machine. */
  readonly system: System;

  /** @internal */
  constructor(made: MadeFacades) {
    this.collector = made.collector;
    this.events = made.events;
    this.coordination = made.coordination;
    this.messaging = made.messaging;
    this.health = made.health;
    this.kernels = made.kernels;
    this.application = made.application;
    this.custom = made.custom;
    this.commands = made.commands;
    this.network = made.network;
    this.system = made.system;
  }
}

/** Facades that are not yet those of a Tachymeter. */
export type MadeFacades = Pick<Facades, keyof Facades>;

/**
 * Makes the facades. With `snapshots`, the collector's snapshots contain every series of the provider; otherwise only
 * its own named metrics.
 */
export function makeFacades(
  configuration: Pick<Configuration, "collectionIntervalMillis" | "kernels" | "instrumentations"> &
    Partial<Pick<Configuration, "facades">>,
  meterProvider: MeterProvider,
  snapshots: SnapshotReader | undefined,
): MadeFacades {
  const { facades } = configuration;
  const collector = new TelemetryCollector({
    ...facades?.events,
    collectionInterval: configuration.collectionIntervalMillis / 1_000,
    meterProvider,
  });
  const { events } = collector.parts;
  const coordination = new Coordination({
    ...facades?.coordination,
    meterProvider,
    events: facadeEvents(collector, "coordination"),
  });
  const messaging = new Messaging({
    ...facades?.messaging,
    meterProvider,
    events: facadeEvents(collector, "messaging"),
  });
  const health = new Health({ meterProvider, events: facadeEvents(collector, "health") });
  linkCollector(collector, {
    coordination,
    messaging,
    health,
    ...(snapshots !== undefined && { collected: (use) => snapshots.collected(use) }),
  });
  return {
    collector,
    events,
    coordination,
    messaging,
    health,
    kernels: new Kernels({ meterProvider, enabled: configuration.kernels }),
    application: new Application({ meterProvider }),
    custom: new Custom({ ...facades?.custom, meterProvider }),
    network: new Network({ ...facades?.network, meterProvider }),
    system: new System({ ...facades?.system, meterProvider }),
    commands: new Commands({
      ...facades?.commands,
      meterProvider,
      events: configuration.instrumentations.child_process?.["events"] === true ? events : undefined,
    }),
  };
}
