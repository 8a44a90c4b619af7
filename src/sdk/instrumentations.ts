// Tachymeter's own instrumentations, by their names in the configuration.
import { createNoopMeter, diag } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { agenda } from "../../instrumentations/agenda/index.ts";
import { amqplib } from "../../instrumentations/amqplib/index.ts";
import { awsSqs } from "../../instrumentations/aws-sqs/index.ts";
import { azureServiceBus } from "../../instrumentations/azure-service-bus/index.ts";
import { bullMq } from "../../instrumentations/bullmq/index.ts";
import { childProcess } from "../../instrumentations/child-process/index.ts";
import { begin as beginChildProcess } from "../../instrumentations/child-process/instrumentation.ts";
import { cluster } from "../../instrumentations/cluster/index.ts";
import { begin as beginCluster } from "../../instrumentations/cluster/instrumentation.ts";
import { confluentKafka } from "../../instrumentations/confluent-kafka/index.ts";
import { etcd3 } from "../../instrumentations/etcd3/index.ts";
import { godaddyTerminus } from "../../instrumentations/godaddy-terminus/index.ts";
import { googlePubsub } from "../../instrumentations/google-pubsub/index.ts";
import { graphql } from "../../instrumentations/graphql/index.ts";
import { grpcHealthCheck } from "../../instrumentations/grpc-health-check/index.ts";
import {
  http,
  type HttpInstrumentationConfig,
  type RequestSource,
} from "../../instrumentations/http/index.ts";
import { begin as beginHttp } from "../../instrumentations/http/instrumentation.ts";
import { ioredis } from "../../instrumentations/ioredis/index.ts";
import { kafkaJs } from "../../instrumentations/kafkajs/index.ts";
import { lightship } from "../../instrumentations/lightship/index.ts";
import { mongoDb } from "../../instrumentations/mongodb/index.ts";
import { mqtt } from "../../instrumentations/mqtt/index.ts";
import { mysql2 } from "../../instrumentations/mysql2/index.ts";
import { nats } from "../../instrumentations/nats/index.ts";
import { nestjsTerminus } from "../../instrumentations/nestjs-terminus/index.ts";
import { nodeZookeeperClient } from "../../instrumentations/node-zookeeper-client/index.ts";
import { opossum } from "../../instrumentations/opossum/index.ts";
import { pg } from "../../instrumentations/pg/index.ts";
import { pgBoss } from "../../instrumentations/pg-boss/index.ts";
import { piscina } from "../../instrumentations/piscina/index.ts";
import { platformaticKafka } from "../../instrumentations/platformatic-kafka/index.ts";
import { begin as beginPlatformaticKafka } from "../../instrumentations/platformatic-kafka/instrumentation.ts";
import { promClient } from "../../instrumentations/prom-client/index.ts";
import { poolifier } from "../../instrumentations/poolifier/index.ts";
import { redis } from "../../instrumentations/redis/index.ts";
import { redlock } from "../../instrumentations/redlock/index.ts";
import { socketIo } from "../../instrumentations/socket-io/index.ts";
import { socketIoRedisAdapter } from "../../instrumentations/socket-io-redis-adapter/index.ts";
import { tinypool } from "../../instrumentations/tinypool/index.ts";
import { undici } from "../../instrumentations/undici/index.ts";
import { begin as beginUndici } from "../../instrumentations/undici/instrumentation.ts";
import { workerThreads } from "../../instrumentations/worker-threads/index.ts";
import { workerpool } from "../../instrumentations/workerpool/index.ts";
import { ws } from "../../instrumentations/ws/index.ts";
import type { Instrumented, OptionTable } from "../../instrumentations/shared/instrumented.ts";
import { isLoaded } from "../../instrumentations/shared/exports.ts";
import { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
import { optionProblems } from "../../instrumentations/shared/options.ts";
import { type AtStart, type FacadeConfig, type InstrumentationCode, instrumentationCode } from "#on-demand";
import {
  type Configuration,
  type OptionsProblem,
  INSTRUMENTATION_NAMES,
  type InstrumentationName,
  type InstrumentationSettings,
  OTEL_NAMES,
  type OtelName,
} from "../options/index.ts";
import type { Facades } from "./facades.ts";
import type { Options } from "./options.ts";
import { isOf, otelInstrumentations, otelPackage, otelProblems } from "./otel-instrumentations.ts";
import type { Recorders } from "./otel-meters.ts";
import type { LibrarySettings } from "./thread-settings.ts";

/** The facades to which our instrumentations record by default. Each is passed only those that it knows. */
export type InstrumentedFacades = Pick<
  Facades,
  "messaging" | "coordination" | "health" | "kernels" | "commands"
>;

// Kernel telemetry is opt-in: without it, these are not made at all.
const KERNEL_INSTRUMENTATIONS: ReadonlySet<InstrumentationName> = new Set([
  "worker_threads",
  "piscina",
  "tinypool",
  "workerpool",
  "poolifier",
]);

// A worker thread does not make these: the main thread measures its own threads and the workers of a cluster.
const OF_MAIN_THREAD: ReadonlySet<string> = new Set<InstrumentationName>([
  ...KERNEL_INSTRUMENTATIONS,
  "cluster",
]);

const INSTRUMENTED: Readonly<Record<InstrumentationName, Instrumented<FacadeConfig, OptionTable>>> = {
  amqplib,
  agenda,
  aws_sqs: awsSqs,
  azure_service_bus: azureServiceBus,
  google_pubsub: googlePubsub,
  bullmq: bullMq,
  kafkajs: kafkaJs,
  confluent_kafka: confluentKafka,
  platformatic_kafka: platformaticKafka,
  pg_boss: pgBoss,
  mongodb: mongoDb,
  mqtt,
  mysql2,
  pg,
  ioredis,
  redis,
  nats,
  ws,
  socket_io: socketIo,
  socket_io_redis_adapter: socketIoRedisAdapter,
  child_process: childProcess,
  worker_threads: workerThreads,
  piscina,
  tinypool,
  workerpool,
  poolifier,
  http,
  undici,
  graphql,
  cluster,
  etcd3,
  node_zookeeper_client: nodeZookeeperClient,
  redlock,
  godaddy_terminus: godaddyTerminus,
  lightship,
  nestjs_terminus: nestjsTerminus,
  opossum,
  grpc_health_check: grpcHealthCheck,
  prom_client: promClient,
};

// As separate files they would take 20 ms more.
const AT_START: Readonly<Record<AtStart, InstrumentationCode>> = {
  child_process: { begin: beginChildProcess },
  cluster: { begin: beginCluster },
  http: { begin: beginHttp },
  platformatic_kafka: { begin: beginPlatformaticKafka },
  undici: { begin: beginUndici },
};

function isAtStart(name: InstrumentationName): name is AtStart {
  return Object.hasOwn(AT_START, name);
}

/** A problem for each unknown or invalid option. Those of OpenTelemetry's instrumentations are not checked. */
export function instrumentationProblems(configuration: Configuration): readonly OptionsProblem[] {
  const { instrumentations: settings, otelInstrumentations: otel } = configuration;
  const ofOurs = INSTRUMENTATION_NAMES.flatMap((name) => {
    const { options } = INSTRUMENTED[name];
    const given = settings[name] ?? {};
    const isShared = otel.some((other) => other === name);
    return optionProblems(options, isShared ? onlyKnown(options, given) : given, `instrumentations.${name}`);
  });
  return [...otelProblems(configuration), ...ofOurs];
}

// Hooks of `require()` refer to an instrumentation until the process ends, so the next start uses it again.
const made = new Map<InstrumentationName, LibraryInstrumentation<FacadeConfig>>();
const ended = new WeakSet<Instrumentation>();

/** Instrumentations, and the recorders among them of what OpenTelemetry's could record, too. */
export interface MadeInstrumentations extends Recorders {
  readonly all: readonly Instrumentation[];
}

/**
 * All instrumentations of a configuration: ours, those of OpenTelemetry that it names, and the caller's own.
 *
 * @param isForeign whether another SDK has registered the meter provider. The instrumentations of OpenTelemetry that are
 *   loaded record to it.
 */
export function makeInstrumentations(
  configuration: Configuration,
  options: Options,
  { messaging, coordination, health, kernels, commands }: InstrumentedFacades,
  isForeign: boolean,
): MadeInstrumentations {
  const { instrumentations: settings } = configuration;
  const given = isList(options.instrumentations) ? options.instrumentations : [];
  const others = [...otelInstrumentations(configuration, given), ...given];
  const theirs = new Map<OtelName, string>();
  for (const name of OTEL_NAMES) {
    const other = others.find((each) => isOf(name, each));
    if (other === undefined && !(isForeign && isLoaded({ library: otelPackage(name) }))) continue;
    diag.debug(`instrumentation ${name}: ${otelPackage(name)} records in place of ours`);
    theirs.set(name, other?.instrumentationVersion ?? "");
  }
  const durations = sourcesOf(settings.http).filter(
    (source) => settings[source] !== undefined && !theirs.has(source),
  );
  const recorded = new Set<OtelName>(durations);
  for (const name of ["pg", "kafkajs"] as const)
    if (settings[name] !== undefined && !theirs.has(name)) recorded.add(name);
  const ours = INSTRUMENTATION_NAMES.flatMap((name) => {
    const own = settings[name];
    if (own === undefined) {
      diag.debug(`instrumentation ${name}: switched off`);
      return [];
    }
    if (KERNEL_INSTRUMENTATIONS.has(name) && !configuration.kernels) {
      diag.debug(`instrumentation ${name}: off without kernel telemetry; set TACHYMETER_KERNELS=true`);
      return [];
    }
    if (name === "pg" && theirs.has(name)) return [];
    // A facade has one limit for all its callers, so an instrumentation with another limit makes its own facade.
    const ofMessages = own["maxDestinations"] === undefined && { messaging };
    const messages = !theirs.has("kafkajs");
    const all = { messages, ...ofMessages, coordination, health, kernels, commands, ...own, durations };
    const known = onlyKnown(INSTRUMENTED[name].options, all);
    // `registerInstrumentations` enables it once its meter provider is set.
    return [libraryInstrumentation(name, { ...known, enabled: false })];
  });
  return { all: [...ours, ...others], theirs, ours: recorded };
}

function sourcesOf(config: HttpInstrumentationConfig = {}): readonly RequestSource[] {
  return config.durations ?? ["http", "undici"];
}

function libraryInstrumentation(
  name: InstrumentationName,
  config: FacadeConfig,
): LibraryInstrumentation<FacadeConfig> {
  const earlier = made.get(name);
  if (earlier !== undefined && ended.delete(earlier)) {
    earlier.setConfig(config);
    return earlier;
  }
  const instrumentation = new LibraryInstrumentation(INSTRUMENTED[name], config, codeOf(name));
  made.set(name, instrumentation);
  return instrumentation;
}

// Not within the function above, so that it does not refer to the facades.
function codeOf(name: InstrumentationName): () => InstrumentationCode["begin"] {
  return () => (isAtStart(name) ? AT_START[name] : instrumentationCode(name)).begin;
}

/** Those settings that apply to a worker thread. */
export function instrumentationsOfThread(settings: InstrumentationSettings): InstrumentationSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !OF_MAIN_THREAD.has(name)));
}

/** The packages and the diagnostics channels of the instrumentations that `settings` enable. */
export function librariesOf(
  settings: InstrumentationSettings,
): Pick<LibrarySettings, "libraries" | "channels"> {
  const enabled = INSTRUMENTATION_NAMES.filter((name) => settings[name] !== undefined);
  const instrumented = enabled.map((name) => INSTRUMENTED[name]);
  return {
    libraries: [...new Set(instrumented.flatMap(({ files }) => files.map(({ library }) => library)))],
    channels: instrumented.flatMap(({ channels }) => channels ?? []),
  };
}

function onlyKnown(options: object, given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(options, name)));
}

/** Whether an instrumentation has figures for the provider's last collection. */
export function isLast(instrumentation: Instrumentation): boolean {
  return instrumentation instanceof LibraryInstrumentation && instrumentation.endsLast;
}

/**
 * Disables an instrumentation at the shutdown, until the next start. Hooks of `require()` refer to it until the process
 * ends, so it refers to nothing else from now on.
 */
export function endInstrumentation(instrumentation: Instrumentation): void {
  instrumentation.disable();
  instrumentation.setMeterProvider({ getMeter: createNoopMeter });
  if (instrumentation instanceof LibraryInstrumentation) instrumentation.setConfig({ enabled: false });
  ended.add(instrumentation);
}

/** The packages that one of our instrumentations can see in ES modules only with a loader hook. */
export function unseenByRequire(instrumentation: Instrumentation): readonly string[] {
  return instrumentation instanceof LibraryInstrumentation ? instrumentation.unseenByRequire : [];
}

function isList(given: Options["instrumentations"]): given is readonly Instrumentation[] {
  return Array.isArray(given);
}
