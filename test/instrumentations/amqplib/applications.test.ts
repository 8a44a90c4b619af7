import { expect, test } from "vitest";
import { startRabbitMq } from "../../servers/rabbitmq.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { expectFiveMessages, samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const broker = serverOfFile("rabbitmq-server", startRabbitMq);

test.each(starts())("the RabbitMQ messages of %s started with %s are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag, env: { AMQP_URL: broker().url } });
  const labels = 'messaging_destination_name="jobs",messaging_system_name="rabbitmq"';
  expectFiveMessages(text, labels);
  expect(samples(text, "messages_in_flight")).toEqual([`messages_in_flight{${labels}} 0`]);
});
