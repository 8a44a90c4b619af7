import { expect, test } from "vitest";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())(
  "the events of %s on Socket.IO, started with %s, are measured, and the layers below are not",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag });
    const labels = 'messaging_destination_name="/rooms",messaging_system_name="socket.io"';
    expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
    expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
    expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
      `message_processing_duration_seconds_count{${labels}} 5`,
    ]);
    expect(samples(text, "message_connections").toSorted()).toEqual([
      'message_connections{messaging_system_name="socket.io"} 1',
    ]);
  },
);
