import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import { ioredis as instrumented } from "../../../instrumentations/ioredis/index.ts";
import { begin } from "../../../instrumentations/ioredis/instrumentation.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { bothWays, publishesFrom, seriesOf } from "../published.ts";

const { patched, published } = bothWays(instrumented, begin, {});
const require = createRequire(import.meta.url);
const ioredis: typeof import("ioredis") = require("ioredis");
const server = serverOfFile("redis-server", startRedis);
const publishes = publishesFrom("ioredis", instrumented);

test("a bundled client's commands and messages have the series of one that is patched", async (context) => {
  if (!publishes) context.skip("this version of ioredis publishes no commands");
  const client = new ioredis.default({ port: server().port, host: "127.0.0.1", db: 2, lazyConnect: true });
  await client.connect();
  await client.set("text", "x");
  await client.pipeline().get("text").exists("text").exec();
  await client.multi().set("other", "1").exec();
  await expect(client.lpush("text", "1")).rejects.toThrow("WRONGTYPE");
  await expect(client.call("customer-4711")).rejects.toThrow("unknown command");
  await client.publish("jobs:7:start", "x");
  await client.rpush("mails", "a", Buffer.from("b"), "?");
  await client.lmove("mails", "sent", "LEFT", "RIGHT");
  await client.rpop("mails");
  await client.blpop("mails", 0.01);
  await client.blpop("mails", 0.01);
  await client.xgroup("CREATE", "orders", "packers", "$", "MKSTREAM");
  const id = await client.xadd("orders", "*", "text", "a");
  await client.xadd("orders", "*", "text", "b");
  await client.xreadgroup("GROUP", "packers", "one", "STREAMS", "orders", ">");
  await client.xack("orders", "packers", id ?? "");
  await client.select(3);
  await client.info();
  client.disconnect();
  const series = await seriesOf(patched);
  expect(series.length).toBeGreaterThan(20);
  expect(await seriesOf(published)).toEqual(series);
});

test("deliveries, and messages whose key is not published, are missing in a bundle", async (context) => {
  if (!publishes) context.skip("this version of ioredis publishes no commands");
  const [client, subscriber] = [1, 2].map(() => new ioredis.default({ port: server().port }));
  const seen = vi.fn<() => void>();
  subscriber!.on("message", seen);
  await subscriber!.subscribe("news");
  await client!.publish("news", "x");
  await client!.rpush("letters", "x");
  await client!.lpop("letters");
  await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce());
  client!.disconnect();
  subscriber!.disconnect();
  const known = await seriesOf(published);
  expect((await seriesOf(patched)).filter((line) => !known.includes(line))).toEqual([
    `message.processing.duration {"messaging.destination.name":"news","messaging.system.name":"redis"} 1`,
    `messages.received {"messaging.destination.name":"letters","messaging.system.name":"redis"} 1`,
    `messages.received {"messaging.destination.name":"news","messaging.system.name":"redis"} 1`,
  ]);
});
