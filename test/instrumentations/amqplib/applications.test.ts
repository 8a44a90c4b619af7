import { beforeAll, beforeEach, expect, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { needs } from "../../servers/needs.ts";
import { type RabbitMq, startRabbitMq } from "../../servers/rabbitmq.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";

const folder = import.meta.dirname;
let broker: RabbitMq | undefined;

beforeAll(packedProject, 180_000);

beforeEach(async (context) => {
  needs(context, "rabbitmq-server");
  broker ??= await startRabbitMq("file");
}, 60_000);

test.each(startedApplications)(
  "the RabbitMQ messages of %s started with %s are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { AMQP_URL: broker!.url } });
    const labels = 'messaging_destination_name="jobs",messaging_system="rabbitmq"';
    expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
    expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
    expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
      `message_processing_duration_seconds_count{${labels}} 5`,
    ]);
    expect(samples(text, "messages_in_flight")).toEqual([`messages_in_flight{${labels}} 0`]);
  },
);
