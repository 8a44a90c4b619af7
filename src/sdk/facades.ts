// One instance of each facade, all on one meter provider and one event bus.
import type { MeterProvider } from "@opentelemetry/api";
import type { Configuration } from "../options/index.ts";
import { facadeEvents, linkCollector } from "../collector/index.ts";
import {
  Application,
  Commands,
  Coordination,
  Custom,
  type EventLog,
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
export interface Facades {
  readonly collector: TelemetryCollector;
  readonly events: Events;
  readonly coordination: Coordination;
  readonly messaging: Messaging;
  readonly health: Health;
  readonly kernels: Kernels;
  readonly application: Application;
  readonly custom: Custom;
  readonly commands: Commands;
  readonly network: Network;
  readonly system: System;
}

/**
 * Makes the facades. With `snapshots`, the collector's snapshots contain every series of the provider; otherwise only
 * its own named metrics.
 */
export function makeFacades(
  configuration: Pick<Configuration, "collectionIntervalMillis" | "kernels" | "instrumentations"> &
    Partial<Pick<Configuration, "facades">> & {
      readonly eventLog?: EventLog | undefined;
    },
  meterProvider: MeterProvider,
  snapshots: SnapshotReader | undefined,
): Facades {
  const { facades } = configuration;
  const collector = new TelemetryCollector({
    ...facades?.events,
    collectionInterval: configuration.collectionIntervalMillis / 1_000,
    meterProvider,
    eventLog: configuration.eventLog,
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
