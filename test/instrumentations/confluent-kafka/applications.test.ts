import { expect, test } from "vitest";
import { expectFiveMessages, samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())("the messages of %s started with %s are measured", async (_, flag, program) => {
  const topic = `jobs-of${flag}-${program}`;
  const text = await scrapeOf({ folder, program, flag, env: { KAFKA_TOPIC: topic } });
  expectFiveMessages(text, `messaging_destination_name="${topic}",messaging_system_name="kafka"`);
  expect(samples(text, "messaging_client_operation_duration_seconds_count")).toEqual([
    expect.stringMatching(
      `${topic}",messaging_operation_name="send",messaging_operation_type="send",messaging_system_name="kafka"} [1-5]$`,
    ),
  ]);
});

test("a message whose handler failed is processed again, and counted", async () => {
  const text = await scrapeOf({ folder, program: "retried.cjs", flag: "--import" });
  const labels = 'messaging_destination_name="jobs",messaging_system_name="kafka"';
  expect(samples(text, "messages_received_total")).toEqual([`messages_received_total{${labels}} 2`]);
  expect(samples(text, "messages_retried_total")).toEqual([`messages_retried_total{${labels}} 1`]);
  expect(samples(text, "message_processing_duration_seconds_count").toSorted()).toEqual([
    `message_processing_duration_seconds_count{error_type="TypeError",${labels}} 1`,
    `message_processing_duration_seconds_count{${labels}} 1`,
  ]);
});

test("disabled, it records nothing", async () => {
  const env = { KAFKA_TOPIC: "jobs", OTEL_NODE_DISABLED_INSTRUMENTATIONS: "confluent_kafka" };
  const text = await scrapeOf({ folder, program: "app.cjs", flag: "--import", env });
  expect(text).toContain("target_info");
  expect(text).not.toContain("messages_");
});
