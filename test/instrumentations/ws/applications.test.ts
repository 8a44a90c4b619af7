import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())("the sockets of %s, started with %s, are measured", async (_, flag, program) => {
  const text = await scrapeOf({ folder, program, flag });
  const labels = 'messaging_destination_name="/rooms/*",messaging_system_name="ws"';
  expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 10`]);
  expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 10`]);
  expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
    `message_processing_duration_seconds_count{${labels}} 10`,
  ]);
  expect(samples(text, "message_connections")).toEqual(['message_connections{messaging_system_name="ws"} 2']);
});
