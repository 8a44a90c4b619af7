import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import { redis as instrumented } from "../../../instrumentations/redis/index.ts";
import { begin } from "../../../instrumentations/redis/instrumentation.ts";
import { startRedis } from "../../servers/redis.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { bothWays, publishesFrom, seriesOf } from "../published.ts";

const { patched, published } = bothWays(instrumented, begin, {});
const require = createRequire(import.meta.url);
const redis: typeof import("redis") = require("redis");
const server = serverOfFile("redis-server", startRedis);
const publishes = publishesFrom("@redis/client", instrumented);

async function connected() {
  const client = redis.createClient({ url: `${server().url}/2`, name: "shop" });
  await client.connect();
  return client;
}

test("a bundled client's commands and messages have the series of one that is patched", async (context) => {
  if (!publishes) context.skip("this version of redis publishes no commands");
  const client = await connected();
  await client.set("text", "x");
  await client.multi().get("text").exists("text").execAsPipeline();
  await expect(client.lPush("text", "1")).rejects.toThrow("WRONGTYPE");
  await expect(client.sendCommand(["customer-4711"])).rejects.toThrow("unknown command");
  await client.publish("jobs:7:start", "x");
  await client.rPush("mails", ["a", "b", "?"]);
  await client.lMove("mails", "sent", "LEFT", "RIGHT");
  await client.rPop("mails");
  await client.blPop("mails", 0.01);
  await client.blPop("mails", 0.01);
  await client.xGroupCreate("orders", "packers", "$", { MKSTREAM: true });
  const id = await client.xAdd("orders", "*", { text: "a" });
  await client.xAdd("orders", "*", { text: "b" });
  await client.xReadGroup("packers", "one", { key: "orders", id: ">" });
  await client.xAck("orders", "packers", id);
  await client.select(3);
  await client.info();
  client.destroy();
  await expect(client.get("text")).rejects.toThrow("closed");
  const series = await seriesOf(patched);
  expect(series.length).toBeGreaterThan(20);
  expect(await seriesOf(published)).toEqual(series);
});

test("a delivery has no duration in a bundle, and a transaction is one operation", async (context) => {
  if (!publishes) context.skip("this version of redis publishes no commands");
  const [client, subscriber] = [await connected(), await connected()];
  const seen = vi.fn<() => void>();
  await subscriber.subscribe("news", seen);
  await client.publish("news", "x");
  await client.rPush("letters", "x");
  await client.lPop("letters");
  await client.watch("text");
  await client.append("text", "1");
  await expect(client.multi().strLen("text").exec()).rejects.toThrow("watched");
  await vi.waitFor(() => expect(seen).toHaveBeenCalledOnce());
  client.destroy();
  subscriber.destroy();
  const known = await seriesOf(published);
  expect((await seriesOf(patched)).filter((line) => !known.includes(line))).toEqual([
    expect.stringContaining(`"db.operation.name":"MULTI"`),
    expect.stringContaining(`"db.operation.name":"STRLEN"`),
    `message.processing.duration {"messaging.destination.name":"news","messaging.system.name":"redis"} 1`,
    `messages.received {"messaging.destination.name":"letters","messaging.system.name":"redis"} 1`,
  ]);
});
