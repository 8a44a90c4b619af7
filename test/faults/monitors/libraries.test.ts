// Faults of real queues, pools, threads, locks and health checks: each fires, names its cause, and resolves.
import { beforeAll, test } from "vitest";
import { expectFiring, expectResolves, startFaulty } from "../../alerts/monitors/fault-kit.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { needsPostgres, startPostgres } from "../../servers/postgres.ts";
import { startRabbitMq } from "../../servers/rabbitmq.ts";
import { startRedis } from "../../servers/redis.ts";
import { needs } from "../../servers/needs.ts";

beforeAll(packedProject);

const QUEUES = [
  { name: "QueueGrowing", cause: "Queue mail grows" },
  { name: "ConsumerStuck", cause: "The consumer of jobs is stuck" },
  { name: "MessagesHanging", cause: "Messages of jobs hang" },
  { name: "QueueSizeMissing", cause: "The size of queue reports is unknown" },
  { name: "MessagesRedelivered", cause: "Messages of orders come again and again" },
];
const RECONNECTS = [{ name: "BrokerReconnects", cause: "The connection to redis is lost again and again" }];

test("queues of BullMQ and RabbitMQ: growing, stuck, unread, redelivered; a broker that restarts", async (context) => {
  needs(context, "redis-server");
  needs(context, "rabbitmq-server");
  const [redis, broker, rabbitMq] = await Promise.all([startRedis(), startRedis(), startRabbitMq()]);
  const queues = await startFaulty({
    program: "queues.js",
    env: { REDIS_URL: redis.url, BROKER_URL: broker.url, RABBITMQ_URL: rabbitMq.url },
    parameters: {
      queueGrowing: { window: "4s" },
      queueSizeMissing: { window: "2m" },
      brokerReconnects: { window: "20s", threshold: 0 },
    },
    options: { instrumentations: { bullmq: { queueSizeInterval: 0.5 } } },
  });
  await queues.waitForOutput(/connection 1$/m);
  // On a loaded machine some have fired before, for the consumers are slow.
  queues.write("fault\n");
  await expectFiring(queues, QUEUES);
  for (let i = 2; i <= 4; i++) {
    await broker.kill();
    await broker.startAgain();
    await queues.waitForOutput(new RegExp(`connection ${i}$`, "m"));
  }
  await expectFiring(queues, RECONNECTS);
  await expectResolves(queues, [...QUEUES, ...RECONNECTS]);
});

const POOLS = [
  { name: "ConnectionPoolExhausted", cause: /Connection pool .*\/postgres is exhausted/ },
  { name: "ConnectionPoolWaiting", cause: /Connection pool .*\/postgres is too small/ },
  { name: "PoolSaturated", cause: "Worker pool slow-task.cjs is saturated" },
  { name: "PoolTasksFailing", cause: "Tasks of worker pool failing-task.cjs fail" },
  { name: "KernelStuck", cause: /Kernel .* is stuck/ },
  { name: "LockHeldLong", cause: "Lock stock is held for long" },
  { name: "HealthCheckSlow", cause: "The health check of /slow is slow" },
  { name: "HealthChecksStopped", cause: "Component /probed is no longer checked" },
];

test("pools of connections and threads, a thread, a lock, health checks", async (context) => {
  needs(context, "redis-server");
  needsPostgres(context);
  const [redis, { host, port, user, database }] = await Promise.all([startRedis(), startPostgres()]);
  const application = {
    program: "pools.js",
    env: { REDIS_URL: redis.url, PG_URL: `postgres://${user}@${host}:${port}/${database}` },
    parameters: {
      connectionPoolWaiting: { window: "3s" },
      poolSaturated: { window: "3s" },
      lockHeldLong: { threshold: 0.3, events: 3 },
      healthCheckSlow: { threshold: 0.5 },
    },
  };
  const pools = await startFaulty(application);
  pools.write("fault\n");
  await expectFiring(pools, POOLS);
  await expectResolves(pools, POOLS);
});
