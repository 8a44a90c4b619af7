import { beforeAll, expect, onTestFinished, test } from "vitest";
import { packedProject } from "../../packed-project.ts";
import { samples, scrapeOf, startedApplications } from "../applications.ts";
import { startBroker } from "./broker.ts";

const folder = import.meta.dirname;

beforeAll(packedProject, 180_000);

test.each(startedApplications)(
  "the MQTT messages of %s started with %s are measured",
  async (_, flag, program) => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const text = await scrapeOf({ folder, program, flag, env: { MQTT_URL: broker.url } });
    const labels = 'messaging_destination_name="jobs/+/start",messaging_system="mqtt"';
    expect(samples(text, "messages_sent_total")).toEqual([`messages_sent_total{${labels}} 5`]);
    expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 5`]);
    expect(samples(text, "message_processing_duration_seconds_count")).toEqual([
      `message_processing_duration_seconds_count{${labels}} 5`,
    ]);
    expect(samples(text, "message_queue_size")).toEqual([
      expect.stringMatching(/messaging_system="mqtt"\} \d+$/),
    ]);
  },
);
