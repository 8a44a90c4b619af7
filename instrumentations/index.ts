// All instrumentations. Options, settings of threads, the build and the tests of documents derive from this list; each
// folder's README describes the instrumentation. The build replaces the imports of namespaces for Node.js: see
// `src/sdk/on-demand.ts`.
import type { InstrumentationConfig } from "../src/options/instrumentation.ts";
import type { Commands, Coordination, GenAi, Health, Kernels, Messaging } from "../src/facades/index.ts";
import { agenda } from "./agenda/index.ts";
import * as agendaCode from "./agenda/instrumentation.ts";
import { aiSdk } from "./ai-sdk/index.ts";
import * as aiSdkCode from "./ai-sdk/instrumentation.ts";
import { anthropic } from "./anthropic/index.ts";
import * as anthropicCode from "./anthropic/instrumentation.ts";
import { amqplib } from "./amqplib/index.ts";
import * as amqplibCode from "./amqplib/instrumentation.ts";
import { awsBedrock } from "./aws-bedrock/index.ts";
import * as awsBedrockCode from "./aws-bedrock/instrumentation.ts";
import { awsSdk } from "./aws-sdk/index.ts";
import * as awsSdkCode from "./aws-sdk/instrumentation.ts";
import { awsSqs } from "./aws-sqs/index.ts";
import * as awsSqsCode from "./aws-sqs/instrumentation.ts";
import { azureServiceBus } from "./azure-service-bus/index.ts";
import * as azureServiceBusCode from "./azure-service-bus/instrumentation.ts";
import { betterSqlite3 } from "./better-sqlite3/index.ts";
import * as betterSqlite3Code from "./better-sqlite3/instrumentation.ts";
import { bullMq } from "./bullmq/index.ts";
import * as bullMqCode from "./bullmq/instrumentation.ts";
import { cassandraDriver } from "./cassandra-driver/index.ts";
import * as cassandraDriverCode from "./cassandra-driver/instrumentation.ts";
import { childProcess } from "./child-process/index.ts";
import { begin as beginChildProcess } from "./child-process/instrumentation.ts";
import { cluster } from "./cluster/index.ts";
import { begin as beginCluster } from "./cluster/instrumentation.ts";
import { cohere } from "./cohere/index.ts";
import * as cohereCode from "./cohere/instrumentation.ts";
import { confluentKafka } from "./confluent-kafka/index.ts";
import * as confluentKafkaCode from "./confluent-kafka/instrumentation.ts";
import { connectRpc } from "./connectrpc/index.ts";
import * as connectRpcCode from "./connectrpc/instrumentation.ts";
import { croner } from "./croner/index.ts";
import * as cronerCode from "./croner/instrumentation.ts";
import { dns } from "./dns/index.ts";
import { begin as beginDns } from "./dns/instrumentation.ts";
import { elasticsearch } from "./elasticsearch/index.ts";
import * as elasticsearchCode from "./elasticsearch/instrumentation.ts";
import { etcd3 } from "./etcd3/index.ts";
import * as etcd3Code from "./etcd3/instrumentation.ts";
import { genericPool } from "./generic-pool/index.ts";
import * as genericPoolCode from "./generic-pool/instrumentation.ts";
import { godaddyTerminus } from "./godaddy-terminus/index.ts";
import * as godaddyTerminusCode from "./godaddy-terminus/instrumentation.ts";
import { googleGenai } from "./google-genai/index.ts";
import * as googleGenaiCode from "./google-genai/instrumentation.ts";
import { googlePubsub } from "./google-pubsub/index.ts";
import * as googlePubsubCode from "./google-pubsub/instrumentation.ts";
import { graphileWorker } from "./graphile-worker/index.ts";
import * as graphileWorkerCode from "./graphile-worker/instrumentation.ts";
import { graphql } from "./graphql/index.ts";
import * as graphqlCode from "./graphql/instrumentation.ts";
import { groqSdk } from "./groq-sdk/index.ts";
import * as groqSdkCode from "./groq-sdk/instrumentation.ts";
import { grpcHealthCheck } from "./grpc-health-check/index.ts";
import * as grpcHealthCheckCode from "./grpc-health-check/instrumentation.ts";
import { grpcJs } from "./grpc-js/index.ts";
import * as grpcJsCode from "./grpc-js/instrumentation.ts";
import { http } from "./http/index.ts";
import { begin as beginHttp } from "./http/instrumentation.ts";
import { ioredis } from "./ioredis/index.ts";
import * as ioredisCode from "./ioredis/instrumentation.ts";
import { kafkaJs } from "./kafkajs/index.ts";
import * as kafkaJsCode from "./kafkajs/instrumentation.ts";
import { langchain } from "./langchain/index.ts";
import * as langchainCode from "./langchain/instrumentation.ts";
import { lightship } from "./lightship/index.ts";
import * as lightshipCode from "./lightship/instrumentation.ts";
import { mcp } from "./mcp/index.ts";
import * as mcpCode from "./mcp/instrumentation.ts";
import { memjs } from "./memjs/index.ts";
import * as memjsCode from "./memjs/instrumentation.ts";
import { mistral } from "./mistral/index.ts";
import * as mistralCode from "./mistral/instrumentation.ts";
import { moleculer } from "./moleculer/index.ts";
import * as moleculerCode from "./moleculer/instrumentation.ts";
import { mongoDb } from "./mongodb/index.ts";
import * as mongoDbCode from "./mongodb/instrumentation.ts";
import { mqtt } from "./mqtt/index.ts";
import * as mqttCode from "./mqtt/instrumentation.ts";
import { mysql2 } from "./mysql2/index.ts";
import * as mysql2Code from "./mysql2/instrumentation.ts";
import { nats } from "./nats/index.ts";
import * as natsCode from "./nats/instrumentation.ts";
import { nestjsTerminus } from "./nestjs-terminus/index.ts";
import * as nestjsTerminusCode from "./nestjs-terminus/instrumentation.ts";
import { nodeCron } from "./node-cron/index.ts";
import * as nodeCronCode from "./node-cron/instrumentation.ts";
import { nodeSqlite } from "./node-sqlite/index.ts";
import * as nodeSqliteCode from "./node-sqlite/instrumentation.ts";
import { nodeZookeeperClient } from "./node-zookeeper-client/index.ts";
import * as nodeZookeeperClientCode from "./node-zookeeper-client/instrumentation.ts";
import { ollama } from "./ollama/index.ts";
import * as ollamaCode from "./ollama/instrumentation.ts";
import { openai } from "./openai/index.ts";
import * as openaiCode from "./openai/instrumentation.ts";
import { opossum } from "./opossum/index.ts";
import * as opossumCode from "./opossum/instrumentation.ts";
import { oracledb } from "./oracledb/index.ts";
import * as oracledbCode from "./oracledb/instrumentation.ts";
import { pg } from "./pg/index.ts";
import * as pgCode from "./pg/instrumentation.ts";
import { pgBoss } from "./pg-boss/index.ts";
import * as pgBossCode from "./pg-boss/instrumentation.ts";
import { piscina } from "./piscina/index.ts";
import * as piscinaCode from "./piscina/instrumentation.ts";
import { platformaticKafka } from "./platformatic-kafka/index.ts";
import * as platformaticKafkaCode from "./platformatic-kafka/instrumentation.ts";
import { poolifier } from "./poolifier/index.ts";
import * as poolifierCode from "./poolifier/instrumentation.ts";
import { promClient } from "./prom-client/index.ts";
import * as promClientCode from "./prom-client/instrumentation.ts";
import { redis } from "./redis/index.ts";
import * as redisCode from "./redis/instrumentation.ts";
import { redlock } from "./redlock/index.ts";
import * as redlockCode from "./redlock/instrumentation.ts";
import { socketIo } from "./socket-io/index.ts";
import * as socketIoCode from "./socket-io/instrumentation.ts";
import { socketIoRedisAdapter } from "./socket-io-redis-adapter/index.ts";
import * as socketIoRedisAdapterCode from "./socket-io-redis-adapter/instrumentation.ts";
import { tarn } from "./tarn/index.ts";
import * as tarnCode from "./tarn/instrumentation.ts";
import { tedious } from "./tedious/index.ts";
import * as tediousCode from "./tedious/instrumentation.ts";
import { temporalWorker } from "./temporal-worker/index.ts";
import * as temporalWorkerCode from "./temporal-worker/instrumentation.ts";
import { tinypool } from "./tinypool/index.ts";
import * as tinypoolCode from "./tinypool/instrumentation.ts";
import { trpc } from "./trpc/index.ts";
import * as trpcCode from "./trpc/instrumentation.ts";
import { undici } from "./undici/index.ts";
import { begin as beginUndici } from "./undici/instrumentation.ts";
import { workerThreads } from "./worker-threads/index.ts";
import * as workerThreadsCode from "./worker-threads/instrumentation.ts";
import { workerpool } from "./workerpool/index.ts";
import * as workerpoolCode from "./workerpool/instrumentation.ts";
import { ws } from "./ws/index.ts";
import * as wsCode from "./ws/instrumentation.ts";
import type { Begin, Instrumented, OptionTable } from "./shared/instrumented.ts";

/** The facades that `start()` passes to instrumentations; each uses some of them. */
export interface FacadeConfig extends InstrumentationConfig {
  messaging?: Messaging;
  coordination?: Coordination;
  health?: Health;
  kernels?: Kernels;
  commands?: Commands;
  genAi?: () => GenAi;
}

/** The code of an instrumentation. */
export interface InstrumentationCode {
  readonly begin: Begin<FacadeConfig>;
}

/** The description of an instrumentation, and its code; in Node.js the place of the code, if it is loaded on demand. */
export type ListedInstrumentation = readonly [
  Instrumented<FacadeConfig, OptionTable>,
  InstrumentationCode | string,
];

/**
 * By their names in the configuration. The code of those that begin at every start is imported by name, not on demand:
 * separate files would take 20 ms more.
 */
export const INSTRUMENTATIONS: Readonly<Record<string, ListedInstrumentation>> = {
  agenda: [agenda, agendaCode],
  ai_sdk: [aiSdk, aiSdkCode],
  anthropic: [anthropic, anthropicCode],
  amqplib: [amqplib, amqplibCode],
  aws_bedrock: [awsBedrock, awsBedrockCode],
  aws_sdk: [awsSdk, awsSdkCode],
  aws_sqs: [awsSqs, awsSqsCode],
  azure_service_bus: [azureServiceBus, azureServiceBusCode],
  better_sqlite3: [betterSqlite3, betterSqlite3Code],
  bullmq: [bullMq, bullMqCode],
  cassandra_driver: [cassandraDriver, cassandraDriverCode],
  child_process: [childProcess, { begin: beginChildProcess }],
  cluster: [cluster, { begin: beginCluster }],
  cohere: [cohere, cohereCode],
  confluent_kafka: [confluentKafka, confluentKafkaCode],
  connectrpc: [connectRpc, connectRpcCode],
  croner: [croner, cronerCode],
  dns: [dns, { begin: beginDns }],
  elasticsearch: [elasticsearch, elasticsearchCode],
  etcd3: [etcd3, etcd3Code],
  generic_pool: [genericPool, genericPoolCode],
  godaddy_terminus: [godaddyTerminus, godaddyTerminusCode],
  google_genai: [googleGenai, googleGenaiCode],
  google_pubsub: [googlePubsub, googlePubsubCode],
  graphile_worker: [graphileWorker, graphileWorkerCode],
  graphql: [graphql, graphqlCode],
  groq_sdk: [groqSdk, groqSdkCode],
  grpc_health_check: [grpcHealthCheck, grpcHealthCheckCode],
  grpc_js: [grpcJs, grpcJsCode],
  http: [http, { begin: beginHttp }],
  ioredis: [ioredis, ioredisCode],
  kafkajs: [kafkaJs, kafkaJsCode],
  langchain: [langchain, langchainCode],
  lightship: [lightship, lightshipCode],
  mcp: [mcp, mcpCode],
  memjs: [memjs, memjsCode],
  mistral: [mistral, mistralCode],
  moleculer: [moleculer, moleculerCode],
  mongodb: [mongoDb, mongoDbCode],
  mqtt: [mqtt, mqttCode],
  mysql2: [mysql2, mysql2Code],
  nats: [nats, natsCode],
  nestjs_terminus: [nestjsTerminus, nestjsTerminusCode],
  node_cron: [nodeCron, nodeCronCode],
  node_sqlite: [nodeSqlite, nodeSqliteCode],
  node_zookeeper_client: [nodeZookeeperClient, nodeZookeeperClientCode],
  ollama: [ollama, ollamaCode],
  openai: [openai, openaiCode],
  opossum: [opossum, opossumCode],
  oracledb: [oracledb, oracledbCode],
  pg: [pg, pgCode],
  pg_boss: [pgBoss, pgBossCode],
  piscina: [piscina, piscinaCode],
  platformatic_kafka: [platformaticKafka, platformaticKafkaCode],
  poolifier: [poolifier, poolifierCode],
  prom_client: [promClient, promClientCode],
  redis: [redis, redisCode],
  redlock: [redlock, redlockCode],
  socket_io: [socketIo, socketIoCode],
  socket_io_redis_adapter: [socketIoRedisAdapter, socketIoRedisAdapterCode],
  tarn: [tarn, tarnCode],
  tedious: [tedious, tediousCode],
  temporal_worker: [temporalWorker, temporalWorkerCode],
  tinypool: [tinypool, tinypoolCode],
  trpc: [trpc, trpcCode],
  undici: [undici, { begin: beginUndici }],
  worker_threads: [workerThreads, workerThreadsCode],
  workerpool: [workerpool, workerpoolCode],
  ws: [ws, wsCode],
};
