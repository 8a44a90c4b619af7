import { beforeAll, beforeEach, expect, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { type Nats, startNats } from "../../servers/nats.ts";
import { needs } from "../../servers/needs.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";

const folder = import.meta.dirname;
let server: Nats | undefined;

beforeAll(packedProject, 180_000);

beforeEach(async (context) => {
  needs(context, "nats-server");
  server ??= await startNats("file");
});

test.each([startedApplications[0], startedApplications[3]])(
  "the NATS messages of %s, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { NATS_URL: server!.url } });
    const labels = 'messaging_destination_name="jobs.*.start",messaging_system="nats"';
    expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
    expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
    expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
      `message_processing_duration_seconds_count{${labels}} 5`,
    ]);
    expect(samples(text, "message_queue_size")).toEqual(['message_queue_size{messaging_system="nats"} 0']);
  },
);
