// The parts of Tachymeter that are loaded on demand. In Node.js, `on-demand-node.ts` replaces this module. This one
// imports all parts at once: for the sources, and for bundlers, which follow static imports only.
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import * as agenda from "../../instrumentations/agenda/instrumentation.ts";
import * as amqplib from "../../instrumentations/amqplib/instrumentation.ts";
import * as awsSqs from "../../instrumentations/aws-sqs/instrumentation.ts";
import * as azureServiceBus from "../../instrumentations/azure-service-bus/instrumentation.ts";
import * as bullMq from "../../instrumentations/bullmq/instrumentation.ts";
import * as confluentKafka from "../../instrumentations/confluent-kafka/instrumentation.ts";
import * as etcd3 from "../../instrumentations/etcd3/instrumentation.ts";
import * as godaddyTerminus from "../../instrumentations/godaddy-terminus/instrumentation.ts";
import * as googlePubsub from "../../instrumentations/google-pubsub/instrumentation.ts";
import * as graphql from "../../instrumentations/graphql/instrumentation.ts";
import * as grpcHealthCheck from "../../instrumentations/grpc-health-check/instrumentation.ts";
import * as ioredis from "../../instrumentations/ioredis/instrumentation.ts";
import * as kafkaJs from "../../instrumentations/kafkajs/instrumentation.ts";
import * as lightship from "../../instrumentations/lightship/instrumentation.ts";
import * as mongoDb from "../../instrumentations/mongodb/instrumentation.ts";
import * as mqtt from "../../instrumentations/mqtt/instrumentation.ts";
import * as mysql2 from "../../instrumentations/mysql2/instrumentation.ts";
import * as nats from "../../instrumentations/nats/instrumentation.ts";
import * as nestjsTerminus from "../../instrumentations/nestjs-terminus/instrumentation.ts";
import * as nodeZookeeperClient from "../../instrumentations/node-zookeeper-client/instrumentation.ts";
import * as opossum from "../../instrumentations/opossum/instrumentation.ts";
import * as pg from "../../instrumentations/pg/instrumentation.ts";
import * as pgBoss from "../../instrumentations/pg-boss/instrumentation.ts";
import * as piscina from "../../instrumentations/piscina/instrumentation.ts";
import * as promClient from "../../instrumentations/prom-client/instrumentation.ts";
import * as poolifier from "../../instrumentations/poolifier/instrumentation.ts";
import * as redis from "../../instrumentations/redis/instrumentation.ts";
import * as redlock from "../../instrumentations/redlock/instrumentation.ts";
import * as socketIo from "../../instrumentations/socket-io/instrumentation.ts";
import * as socketIoRedisAdapter from "../../instrumentations/socket-io-redis-adapter/instrumentation.ts";
import * as tinypool from "../../instrumentations/tinypool/instrumentation.ts";
import * as workerThreads from "../../instrumentations/worker-threads/instrumentation.ts";
import * as workerpool from "../../instrumentations/workerpool/instrumentation.ts";
import * as ws from "../../instrumentations/ws/instrumentation.ts";
import type { Begin } from "../../instrumentations/shared/instrumented.ts";
import type { Commands, Coordination, Health, Kernels, Messaging } from "../facades/index.ts";
import * as alerts from "../alerts/parts.ts";
import * as configuration from "../configuration/index.ts";
import * as anomalies from "../anomalies/parts.ts";
import * as metrics from "../engine/index.ts";
import * as history from "../history/parts.ts";
import * as gpu from "../host/gpu/index.ts";
import * as page from "../page/index.ts";
import * as json from "../readers/json/index.ts";
import * as otlp from "../readers/otlp/parts.ts";
import * as prometheus from "../readers/prometheus/index.ts";
import * as endpoint from "./endpoint.ts";
import * as hostId from "./host-id.ts";
import * as httpModules from "./http-modules.ts";
import * as liveQuery from "./live-query.ts";
import * as push from "./push.ts";
import type { InstrumentationName } from "../options/index.ts";

/** The facades that `start()` passes to instrumentations; each uses some of them. */
export interface FacadeConfig extends InstrumentationConfig {
  messaging?: Messaging;
  coordination?: Coordination;
  health?: Health;
  kernels?: Kernels;
  commands?: Commands;
}

/** The code of an instrumentation. */
export interface InstrumentationCode {
  readonly begin: Begin<FacadeConfig>;
}

/** Instrumentations that begin at every start, since they need no library file to be loaded. */
export type AtStart = "child_process" | "cluster" | "http" | "platformatic_kafka" | "undici";

/** The other instrumentations. */
export type OnDemand = Exclude<InstrumentationName, AtStart>;

const INSTRUMENTATIONS: Readonly<Record<OnDemand, InstrumentationCode>> = {
  amqplib,
  agenda,
  aws_sqs: awsSqs,
  azure_service_bus: azureServiceBus,
  google_pubsub: googlePubsub,
  bullmq: bullMq,
  confluent_kafka: confluentKafka,
  etcd3,
  godaddy_terminus: godaddyTerminus,
  graphql,
  grpc_health_check: grpcHealthCheck,
  ioredis,
  kafkajs: kafkaJs,
  lightship,
  mongodb: mongoDb,
  mqtt,
  mysql2,
  nats,
  nestjs_terminus: nestjsTerminus,
  node_zookeeper_client: nodeZookeeperClient,
  opossum,
  pg,
  pg_boss: pgBoss,
  piscina,
  prom_client: promClient,
  poolifier,
  redis,
  redlock,
  socket_io: socketIo,
  socket_io_redis_adapter: socketIoRedisAdapter,
  tinypool,
  worker_threads: workerThreads,
  workerpool,
  ws,
};

/** The other parts. */
export interface Parts {
  readonly alerts: typeof alerts;
  readonly anomalies: typeof anomalies;
  readonly configuration: typeof configuration;
  /** Pushgateway and remote write. */
  readonly prometheus: typeof prometheus;
  /** The Prometheus endpoint. */
  readonly endpoint: typeof endpoint;
  readonly otlp: typeof otlp;
  readonly json: typeof json;
  readonly history: typeof history;
  readonly gpu: typeof gpu;
  readonly page: typeof page;
  readonly push: typeof push;
  readonly "live-query": typeof liveQuery;
  readonly "http-modules": typeof httpModules;
  /** The engine with upstream's readers and exporters. */
  readonly metrics: typeof metrics;
  readonly "host-id": typeof hostId;
}

const PARTS: Parts = {
  alerts,
  anomalies,
  configuration,
  prometheus,
  endpoint,
  otlp,
  json,
  history,
  gpu,
  page,
  push,
  "live-query": liveQuery,
  "http-modules": httpModules,
  metrics,
  "host-id": hostId,
};

/** Loads a part. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  return PARTS[name];
}

/** Loads a part without a long hold of the event loop; {@link part} returns it at once then. */
export async function loadPart(_name: keyof Parts): Promise<void> {
  // All parts are loaded.
}

/** Loads the code of an instrumentation. */
export function instrumentationCode(name: OnDemand): InstrumentationCode {
  return INSTRUMENTATIONS[name];
}
