// Our own hooks, by the configuration's names.
import type { Instrumentation } from "@opentelemetry/instrumentation";
import { AmqplibInstrumentation } from "../instrumentations/amqplib/index.ts";
import { AwsSqsInstrumentation } from "../instrumentations/aws-sqs/index.ts";
import { BullMqInstrumentation } from "../instrumentations/bullmq/index.ts";
import { ChildProcessInstrumentation } from "../instrumentations/child-process/index.ts";
import { LibraryInstrumentation } from "../instrumentations/hooking/index.ts";
import { HttpInstrumentation } from "../instrumentations/http/index.ts";
import { IORedisInstrumentation } from "../instrumentations/ioredis/index.ts";
import { KafkaJsInstrumentation } from "../instrumentations/kafkajs/index.ts";
import { MqttInstrumentation } from "../instrumentations/mqtt/index.ts";
import { NatsInstrumentation } from "../instrumentations/nats/index.ts";
import { PlatformaticKafkaInstrumentation } from "../instrumentations/platformatic-kafka/index.ts";
import { RedisInstrumentation } from "../instrumentations/redis/index.ts";
import { PiscinaInstrumentation } from "../instrumentations/piscina/index.ts";
import { TinypoolInstrumentation } from "../instrumentations/tinypool/index.ts";
import { WorkerpoolInstrumentation } from "../instrumentations/workerpool/index.ts";
import { SocketIoRedisAdapterInstrumentation } from "../instrumentations/socket-io-redis-adapter/index.ts";
import { SocketIoInstrumentation } from "../instrumentations/socket-io/index.ts";
import { WorkerThreadsInstrumentation } from "../instrumentations/worker-threads/index.ts";
import { ClusterInstrumentation } from "../instrumentations/cluster/index.ts";
import { Etcd3Instrumentation } from "../instrumentations/etcd3/index.ts";
import { GodaddyTerminusInstrumentation } from "../instrumentations/godaddy-terminus/index.ts";
import { GrpcHealthCheckInstrumentation } from "../instrumentations/grpc-health-check/index.ts";
import { NestjsTerminusInstrumentation } from "../instrumentations/nestjs-terminus/index.ts";
import { OpossumInstrumentation } from "../instrumentations/opossum/index.ts";
import { RedlockInstrumentation } from "../instrumentations/redlock/index.ts";
import { WsInstrumentation } from "../instrumentations/ws/index.ts";
import { type Configuration, INSTRUMENTATION_NAMES, type InstrumentationName } from "./config/index.ts";
import { runtimeInstrumentation } from "./host/index.ts";
import type { Facades } from "./make-facades.ts";
import type { Options } from "./options.ts";
import { upstreamInstrumentations } from "./upstream-instrumentations.ts";

/** The facades to which our hooks record. Each hook takes those of them that it knows from its configuration. */
export type HookedFacades = Pick<Facades, "messaging" | "coordination" | "health" | "kernels" | "commands">;

type Hook = (config: HookedFacades & { readonly enabled?: boolean }) => Instrumentation;

// Kernel telemetry is opt-in: without it, workers and pools are not even listened to.
const KERNEL_HOOKS: ReadonlySet<InstrumentationName> = new Set([
  "worker_threads",
  "piscina",
  "tinypool",
  "workerpool",
]);

const HOOKS: Readonly<Record<InstrumentationName, Hook>> = {
  amqplib: (config) => new AmqplibInstrumentation(config),
  aws_sqs: (config) => new AwsSqsInstrumentation(config),
  bullmq: (config) => new BullMqInstrumentation(config),
  kafkajs: (config) => new KafkaJsInstrumentation(config),
  platformatic_kafka: (config) => new PlatformaticKafkaInstrumentation(config),
  mqtt: (config) => new MqttInstrumentation(config),
  ioredis: (config) => new IORedisInstrumentation(config),
  redis: (config) => new RedisInstrumentation(config),
  nats: (config) => new NatsInstrumentation(config),
  ws: (config) => new WsInstrumentation(config),
  socket_io: (config) => new SocketIoInstrumentation(config),
  socket_io_redis_adapter: (config) => new SocketIoRedisAdapterInstrumentation(config),
  child_process: (config) => new ChildProcessInstrumentation(config),
  worker_threads: (config) => new WorkerThreadsInstrumentation(config),
  piscina: (config) => new PiscinaInstrumentation(config),
  tinypool: (config) => new TinypoolInstrumentation(config),
  workerpool: (config) => new WorkerpoolInstrumentation(config),
  http: (config) => new HttpInstrumentation(config),
  cluster: (config) => new ClusterInstrumentation(config),
  etcd3: (config) => new Etcd3Instrumentation(config),
  redlock: (config) => new RedlockInstrumentation(config),
  godaddy_terminus: (config) => new GodaddyTerminusInstrumentation(config),
  nestjs_terminus: (config) => new NestjsTerminusInstrumentation(config),
  opossum: (config) => new OpossumInstrumentation(config),
  grpc_health_check: (config) => new GrpcHealthCheckInstrumentation(config),
};

/** All instrumentations that a configuration asks for: ours, upstream's of what we leave to them, the caller's own. */
export function makeInstrumentations(
  configuration: Configuration,
  options: Options,
  { messaging, coordination, health, kernels, commands }: HookedFacades,
): readonly Instrumentation[] {
  const given = isList(options.instrumentations) ? options.instrumentations : [];
  const ours = INSTRUMENTATION_NAMES.flatMap((name) => {
    const settings = configuration.instrumentations[name];
    if (settings === undefined || (KERNEL_HOOKS.has(name) && !configuration.kernels)) return [];
    return [HOOKS[name]({ ...settings, messaging, coordination, health, kernels, commands })];
  });
  return [
    ...(configuration.runtime ? [runtimeInstrumentation()] : []),
    ...ours,
    ...upstreamInstrumentations(configuration.instrumentations, given),
    ...given,
  ];
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
