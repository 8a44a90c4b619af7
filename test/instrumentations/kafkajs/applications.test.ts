import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { startKafka } from "../../servers/kafka.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { expectFiveMessages, samples, scrapeOf, everyStart } from "../applications.ts";

const folder = import.meta.dirname;
const kafka = serverOfFile("kcat", startKafka);

beforeAll(packedProject);

test.each(everyStart)("the Kafka messages of %s started with %s are measured", async (_, flag, program) => {
  const topic = `jobs-of${flag}-${program}`;
  const env = { KAFKA_BROKER: kafka().broker, KAFKA_TOPIC: topic, KAFKAJS_NO_PARTITIONER_WARNING: "1" };
  const text = await scrapeOf({ folder, program, flag, env });
  const labels = `messaging_destination_name="${topic}",messaging_system_name="kafka"`;
  expectFiveMessages(text, labels);
  expect(samples(text, "message_queue_size")).toEqual([`message_queue_size{${labels}} 0`]);
  expect(samples(text, "coordination_leader_changes_total")).toEqual([
    expect.stringMatching(/^coordination_leader_changes_total\{?.* 1$/),
  ]);
});
