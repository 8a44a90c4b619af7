import { expect, test } from "vitest";
import { startNats } from "../../servers/nats.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { expectFiveMessages, samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("nats-server", startNats);

test.each(starts())("the NATS messages of %s, started with %s, are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag, env: { NATS_URL: server().url } });
  const labels = 'messaging_destination_name="jobs.*.start",messaging_system_name="nats"';
  expectFiveMessages(text, labels);
  expect(samples(text, "message_queue_size")).toEqual(['message_queue_size{messaging_system_name="nats"} 0']);
});
