import { resolve } from "node:path";
import { expect, test } from "vitest";
import { samples } from "../instrumentations/applications.ts";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { startKafka } from "../servers/kafka.ts";
import { needs } from "../servers/needs.ts";
import { startRabbitMq } from "../servers/rabbitmq.ts";
import { startRedis } from "../servers/redis.ts";

const examples = resolve(import.meta.dirname, "../../examples/messaging");

test("messages over RabbitMQ, Kafka and Redis are counted with one flag", async (context) => {
  for (const program of ["rabbitmq-server", "kcat", "redis-server"]) needs(context, program);
  const [rabbit, kafka, redis] = await Promise.all([startRabbitMq(), startKafka(), startRedis()]);
  const port = await freePort();
  const child = runNode({
    cwd: examples,
    args: ["--import", "tachymeter/register", "orders.mjs"],
    env: {
      AMQP_URL: rabbit.url,
      KAFKA_BROKERS: kafka.broker,
      REDIS_URL: redis.url,
      OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
    },
  });
  await child.waitForOutput(/20 orders are on their way/);
  const text = await scrape(`http://127.0.0.1:${port}/metrics`);
  const counts = (name: string): Readonly<Record<string, number>> =>
    Object.fromEntries(
      samples(text, name).map((line) => [
        /messaging_destination_name="([^"]*)"/.exec(line)?.[1] ?? "",
        Number(line.split(" ").at(-1)),
      ]),
    );
  expect(counts("messages_sent_total")).toEqual({ orders: 20, packed: 20, customers: 20 });
  expect(counts("messages_received_total")).toEqual({ orders: 22, packed: 20, customers: 20 });
  expect(samples(text, "message_processing_duration_seconds_count").join("\n")).toMatch(
    /error_type="nack".* 2$/m,
  );
  child.kill();
  expect(await child.exit).toEqual({ code: 0, signal: null });
});
