// The time until a broker confirms messages.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { expect, onTestFinished, test } from "vitest";
import { amqplib as instrumented } from "../../../instrumentations/amqplib/index.ts";
import { begin } from "../../../instrumentations/amqplib/instrumentation.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { startRabbitMq } from "../../servers/rabbitmq.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { MessageFigures } from "../message-figures.ts";

const collecting = collectingProvider();
const instrumentation = instrumentationOf(instrumented, begin, {});
instrumentation.setMeterProvider(collecting.provider);
// Required after the instrumentation is enabled.
const amqp: typeof import("amqplib") = createRequire(import.meta.url)("amqplib");
const broker = serverOfFile("rabbitmq-server", startRabbitMq);

test("a confirm channel's messages have the time until the broker confirms or refuses them", async () => {
  const queue = `queue ${randomUUID()}`;
  const model = await amqp.connect(broker().url);
  onTestFinished(() => model.close());
  const channel = await model.createConfirmChannel();
  channel.on("error", () => {});
  await channel.assertQueue(queue, { maxLength: 2, overflow: "reject-publish" });
  const figures = new MessageFigures(collecting, "rabbitmq");
  // Without a callback, too.
  channel.sendToQueue(queue, Buffer.from("1"));
  channel.publish("amq.topic", "none", Buffer.from("2"), {}, () => {});
  await channel.waitForConfirms();
  expect(await figures.operations(queue)).toEqual(["publish send 127.0.0.1 1"]);
  expect(await figures.operations("amq.topic")).toEqual(["publish send 127.0.0.1 1"]);
  channel.sendToQueue(queue, Buffer.from("3"));
  await channel.waitForConfirms();
  channel.sendToQueue(queue, Buffer.from("4"));
  await expect(channel.waitForConfirms()).rejects.toThrow("nacked");
  expect(await figures.operations(queue)).toEqual([
    "publish send 127.0.0.1 2",
    "publish send 127.0.0.1 Error 1",
  ]);
});
