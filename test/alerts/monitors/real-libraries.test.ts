// Faults of real queues, pools, threads, locks and health checks: each fires, names its cause, and resolves.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { needsPostgres, startPostgres } from "../../servers/postgres.ts";
import { startRabbitMq } from "../../servers/rabbitmq.ts";
import { startRedis } from "../../servers/redis.ts";
import { needs } from "../../servers/needs.ts";
import { faultyApplication, LONG_WAIT } from "./faulty-application.ts";

beforeAll(packedProject);

const QUEUES = {
  queueGrowing: "Queue mail grows",
  consumerStuck: "The consumer of jobs is stuck",
  messagesHanging: "Messages of jobs hang",
  queueSizeMissing: "The size of queue reports is unknown",
  messagesRedelivered: "Messages of orders come again and again",
};

test("queues of BullMQ and RabbitMQ: growing, stuck, unread, redelivered; a broker that restarts", async (context) => {
  needs(context, "redis-server");
  needs(context, "rabbitmq-server");
  const [redis, broker, rabbitMq] = await Promise.all([startRedis(), startRedis(), startRabbitMq()]);
  const queues = await faultyApplication({
    program: "queues.mjs",
    env: { REDIS_URL: redis.url, BROKER_URL: broker.url, RABBITMQ_URL: rabbitMq.url },
    monitors: {
      queueGrowing: { window: "4s" },
      queueSizeMissing: { window: "2m" },
      brokerReconnects: { window: "20s", threshold: 0 },
    },
    options: { instrumentations: { bullmq: { queueSizeInterval: 0.5 } } },
  });
  await queues.process.waitForOutput(/connection 1$/m);
  queues.set("fault");
  for (let i = 2; i <= 4; i++) {
    await broker.kill();
    await broker.startAgain();
    await queues.process.waitForOutput(new RegExp(`connection ${i}$`, "m"));
  }
  await queues.fires({ ...QUEUES, brokerReconnects: "The connection to redis is lost again and again" });
  queues.set("mended");
  await expect.poll(() => queues.firing([...Object.keys(QUEUES), "brokerReconnects"]), LONG_WAIT).toEqual([]);
});

const POOLS = {
  connectionPoolExhausted: "Connection pool .*/postgres is exhausted",
  connectionPoolWaiting: "Connection pool .*/postgres is too small",
  poolSaturated: "Worker pool slow-task.cjs is saturated",
  poolTasksFailing: "Tasks of worker pool failing-task.cjs fail",
  kernelStuck: "Kernel .* is stuck",
  lockHeldLong: "Lock stock is held for long",
  healthCheckSlow: "The health check of /slow is slow",
  healthChecksStopped: "Component /probed is no longer checked",
};

test("pools of connections and threads, a thread, a lock, health checks", async (context) => {
  needs(context, "redis-server");
  needsPostgres(context);
  const [redis, { host, port, user, database }] = await Promise.all([startRedis(), startPostgres()]);
  const pools = await faultyApplication({
    program: "pools.mjs",
    env: { REDIS_URL: redis.url, PG_URL: `postgres://${user}@${host}:${port}/${database}` },
    monitors: {
      connectionPoolWaiting: { window: "3s" },
      poolSaturated: { window: "3s" },
      lockHeldLong: { threshold: 0.3, events: 3 },
      healthCheckSlow: { threshold: 0.5 },
    },
  });
  pools.set("fault");
  await pools.fires(POOLS);
  pools.set("mended");
  await expect.poll(() => pools.firing(Object.keys(POOLS)), LONG_WAIT).toEqual([]);
});
