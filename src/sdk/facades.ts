// One instance of each facade, all on one meter provider and one event bus. Those without metrics at the start
// are made when they are first read, and their code is loaded then.
import { resolve } from "node:path";
import type { MeterProvider } from "@opentelemetry/api";
import type { Configuration } from "../options/index.ts";
import { facadeEvents, linkCollector, TelemetryCollector } from "../collector/index.ts";
import { Commands } from "../facades/commands/index.ts";
import { Coordination } from "../facades/coordination/index.ts";
import { Health } from "../facades/health/index.ts";
import type { Application, Custom, Events, GenAi, Kernels, Network, System } from "../facades/index.ts";
import { Messaging } from "../facades/messaging/index.ts";
import type { SnapshotReader } from "../readers/reader.ts";
import { part, type Parts } from "#on-demand";

/** The facades of a running Tachymeter. */
export class Facades {
  /** Named metrics, recent events and snapshots. */
  declare readonly collector: TelemetryCollector;
  /** Records events and passes them to hooks. */
  declare readonly events: Events;
  /** Records messages, nodes, leader and locks of a distributed system. */
  declare readonly coordination: Coordination;
  /** Records sent and received messages. */
  declare readonly messaging: Messaging;
  /** Runs health checks and reports their status. */
  declare readonly health: Health;
  /** Records calls of language models, tools and agents. */
  declare readonly genAi: GenAi;
  /** Records kernels: workers, actors or pool members that process messages. */
  declare readonly kernels: Kernels;
  /** Times functions and blocks of code. */
  declare readonly application: Application;
  /** Records counters, gauges and histograms of any name. */
  declare readonly custom: Custom;
  /** Records executions of commands. */
  declare readonly commands: Commands;
  /** Measures response times of hosts, and watches connection pools. */
  declare readonly network: Network;
  /** Reads figures of the machine. */
  declare readonly system: System;

  /** @internal */
  constructor(made: MadeFacades) {
    // With the getters of those that are made when they are first read.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(made));
  }
}

/** Facades that are not yet those of a Tachymeter. */
export type MadeFacades = Pick<Facades, keyof Facades>;

/**
 * Makes the facades. With `snapshots`, the collector's snapshots contain every series of the provider; otherwise only
 * its own named metrics. `onEnd` is called with a function that ends a facade, when that is made. `load` returns the classes of those
 * that are made later.
 */
export function makeFacades(
  configuration: Pick<Configuration, "collectionIntervalMillis" | "kernels" | "instrumentations"> &
    Partial<Pick<Configuration, "facades">>,
  meterProvider: MeterProvider,
  snapshots: SnapshotReader | undefined,
  onEnd: (end: () => unknown) => void = () => {},
  load: () => Parts["facades"] = () => part("facades"),
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
  const prices = facades?.genAi.prices;
  // The application may change its working directory before its first call of a model.
  const priceFile = typeof prices === "string" ? { prices: resolve(prices) } : {};
  let genAi: GenAi | undefined;
  let kernels: Kernels | undefined;
  let application: Application | undefined;
  let custom: Custom | undefined;
  let network: Network | undefined;
  let system: System | undefined;
  return {
    collector,
    events,
    coordination,
    messaging,
    health,
    commands: new Commands({
      ...facades?.commands,
      meterProvider,
      events: configuration.instrumentations.child_process?.["events"] === true ? events : undefined,
    }),
    get genAi() {
      if (genAi !== undefined) return genAi;
      const made = new (load().GenAi)({ ...facades?.genAi, ...priceFile, meterProvider });
      onEnd(() => made.end());
      return (genAi = made);
    },
    get kernels() {
      return (kernels ??= new (load().Kernels)({ meterProvider, enabled: configuration.kernels }));
    },
    get application() {
      return (application ??= new (load().Application)({ meterProvider }));
    },
    get custom() {
      return (custom ??= new (load().Custom)({ ...facades?.custom, meterProvider }));
    },
    get network() {
      if (network !== undefined) return network;
      const made = new (load().Network)({ ...facades?.network, meterProvider });
      onEnd(() => made.stop());
      return (network = made);
    },
    get system() {
      if (system !== undefined) return system;
      const made = new (load().System)({ ...facades?.system, meterProvider });
      onEnd(() => made.stopContinuousCollection());
      return (system = made);
    },
  };
}
