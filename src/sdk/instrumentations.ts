// Our own hooks, by the configuration's names.
import { diag } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { AmqplibInstrumentation } from "../../instrumentations/amqplib/index.ts";
import { AwsSqsInstrumentation } from "../../instrumentations/aws-sqs/index.ts";
import { BullMqInstrumentation } from "../../instrumentations/bullmq/index.ts";
import { ChildProcessInstrumentation } from "../../instrumentations/child-process/index.ts";
import {
  LibraryInstrumentation,
  type OptionCheck,
  optionProblems,
} from "../../instrumentations/shared/index.ts";
import { HttpInstrumentation } from "../../instrumentations/http/index.ts";
import { IORedisInstrumentation } from "../../instrumentations/ioredis/index.ts";
import { KafkaJsInstrumentation } from "../../instrumentations/kafkajs/index.ts";
import { Mysql2Instrumentation } from "../../instrumentations/mysql2/index.ts";
import { MongoDbInstrumentation } from "../../instrumentations/mongodb/index.ts";
import { MqttInstrumentation } from "../../instrumentations/mqtt/index.ts";
import { NatsInstrumentation } from "../../instrumentations/nats/index.ts";
import { PgInstrumentation } from "../../instrumentations/pg/index.ts";
import { PlatformaticKafkaInstrumentation } from "../../instrumentations/platformatic-kafka/index.ts";
import { RedisInstrumentation } from "../../instrumentations/redis/index.ts";
import { PiscinaInstrumentation } from "../../instrumentations/piscina/index.ts";
import { TinypoolInstrumentation } from "../../instrumentations/tinypool/index.ts";
import { WorkerpoolInstrumentation } from "../../instrumentations/workerpool/index.ts";
import { SocketIoRedisAdapterInstrumentation } from "../../instrumentations/socket-io-redis-adapter/index.ts";
import { SocketIoInstrumentation } from "../../instrumentations/socket-io/index.ts";
import { WorkerThreadsInstrumentation } from "../../instrumentations/worker-threads/index.ts";
import { ClusterInstrumentation } from "../../instrumentations/cluster/index.ts";
import { Etcd3Instrumentation } from "../../instrumentations/etcd3/index.ts";
import { GodaddyTerminusInstrumentation } from "../../instrumentations/godaddy-terminus/index.ts";
import { GrpcHealthCheckInstrumentation } from "../../instrumentations/grpc-health-check/index.ts";
import { NestjsTerminusInstrumentation } from "../../instrumentations/nestjs-terminus/index.ts";
import { OpossumInstrumentation } from "../../instrumentations/opossum/index.ts";
import { RedlockInstrumentation } from "../../instrumentations/redlock/index.ts";
import { WsInstrumentation } from "../../instrumentations/ws/index.ts";
import {
  type Configuration,
  type ConfigurationProblem,
  INSTRUMENTATION_NAMES,
  type InstrumentationName,
  type InstrumentationSettings,
} from "../options/index.ts";
import type { Facades } from "./facades.ts";
import type { Options } from "./options.ts";
import { leaveDurations } from "./otel-durations.ts";
import { upstreamInstrumentations } from "./otel-instrumentations.ts";

/** The facades to which our hooks record, where their options give none. Each hook gets those of them that it knows. */
export type HookedFacades = Pick<Facades, "messaging" | "coordination" | "health" | "kernels" | "commands">;

interface Hook {
  new (config: Partial<HookedFacades> & { readonly enabled?: boolean }): Instrumentation;
  readonly options: Readonly<Record<string, OptionCheck>>;
}

// Kernel telemetry is opt-in: without it, workers and pools are not even listened to.
const KERNEL_HOOKS: ReadonlySet<InstrumentationName> = new Set([
  "worker_threads",
  "piscina",
  "tinypool",
  "workerpool",
]);

const HOOKS: Readonly<Record<InstrumentationName, Hook>> = {
  amqplib: AmqplibInstrumentation,
  aws_sqs: AwsSqsInstrumentation,
  bullmq: BullMqInstrumentation,
  kafkajs: KafkaJsInstrumentation,
  platformatic_kafka: PlatformaticKafkaInstrumentation,
  mongodb: MongoDbInstrumentation,
  mqtt: MqttInstrumentation,
  mysql2: Mysql2Instrumentation,
  pg: PgInstrumentation,
  ioredis: IORedisInstrumentation,
  redis: RedisInstrumentation,
  nats: NatsInstrumentation,
  ws: WsInstrumentation,
  socket_io: SocketIoInstrumentation,
  socket_io_redis_adapter: SocketIoRedisAdapterInstrumentation,
  child_process: ChildProcessInstrumentation,
  worker_threads: WorkerThreadsInstrumentation,
  piscina: PiscinaInstrumentation,
  tinypool: TinypoolInstrumentation,
  workerpool: WorkerpoolInstrumentation,
  http: HttpInstrumentation,
  cluster: ClusterInstrumentation,
  etcd3: Etcd3Instrumentation,
  redlock: RedlockInstrumentation,
  godaddy_terminus: GodaddyTerminusInstrumentation,
  nestjs_terminus: NestjsTerminusInstrumentation,
  opossum: OpossumInstrumentation,
  grpc_health_check: GrpcHealthCheckInstrumentation,
};

// Upstream's instrumentations that record the same metrics: where one is active, ours is not made.
const UPSTREAM_COUNTERPARTS: Readonly<Partial<Record<InstrumentationName, string>>> = {
  pg: "@opentelemetry/instrumentation-pg",
};

// Their options are upstream's too, which alone knows them.
const SHARED_WITH_UPSTREAM: ReadonlySet<InstrumentationName> = new Set(["http", "pg", "mongodb"]);

/** A problem for each option that one of our hooks does not know or cannot use. */
export function instrumentationProblems(settings: InstrumentationSettings): readonly ConfigurationProblem[] {
  return INSTRUMENTATION_NAMES.flatMap((hook) =>
    SHARED_WITH_UPSTREAM.has(hook)
      ? []
      : optionProblems(HOOKS[hook].options, settings[hook] ?? {}).map(({ name, ...problem }) => ({
          ...problem,
          name: `instrumentations.${hook}.${name}`,
        })),
  );
}

/** All instrumentations that a configuration asks for: ours, upstream's of what we leave to them, the caller's own. */
export function makeInstrumentations(
  configuration: Configuration,
  options: Options,
  { messaging, coordination, health, kernels, commands }: HookedFacades,
): readonly Instrumentation[] {
  const given = isList(options.instrumentations) ? options.instrumentations : [];
  const others = [...upstreamInstrumentations(configuration.instrumentations, given), ...given];
  const ours = INSTRUMENTATION_NAMES.flatMap((name) => {
    const settings = configuration.instrumentations[name];
    if (settings === undefined) {
      diag.debug(`instrumentation ${name}: it is switched off`);
      return [];
    }
    if (KERNEL_HOOKS.has(name) && !configuration.kernels) {
      diag.debug(`instrumentation ${name}: it waits for kernel telemetry, TACHYMETER_KERNELS=true`);
      return [];
    }
    const counterpart = UPSTREAM_COUNTERPARTS[name];
    if (others.some(({ instrumentationName }) => instrumentationName === counterpart)) {
      diag.debug(`instrumentation ${name}: ${counterpart} is used in its place`);
      return [];
    }
    // A facade has one limit for all who record to it, so a hook with another one makes its own.
    const ofMessages = settings["maxDestinations"] === undefined && { messaging };
    const all = { ...ofMessages, coordination, health, kernels, commands, ...settings };
    return [new HOOKS[name](onlyKnown(HOOKS[name].options, all))];
  });
  const all = [...ours, ...others];
  leaveDurations(all, configuration.instrumentations);
  return all;
}

function onlyKnown(options: Hook["options"], given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(options, name)));
}

/** The packages that an instrumentation of ours sees in an ES module by a hook of the loader alone. */
export function unseenByRequire(instrumentation: Instrumentation): readonly string[] {
  return instrumentation instanceof LibraryInstrumentation && instrumentation.isEnabled()
    ? instrumentation.unseenByRequire
    : [];
}

function isList(given: Options["instrumentations"]): given is readonly Instrumentation[] {
  return Array.isArray(given);
}
