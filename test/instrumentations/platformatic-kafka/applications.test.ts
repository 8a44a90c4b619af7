import { beforeAll, expect, test } from "vitest";
import { type SmallKafka, startSmallKafka } from "../../servers/small-kafka.ts";
import { expectFiveMessages, samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;
let kafka: SmallKafka;

beforeAll(async () => {
  kafka = await startSmallKafka("file");
});

test.each(bothLoaders())(
  "the Kafka messages of %s started with %s are measured",
  async (_, flag, program) => {
    const topic = `jobs-of${flag}-${program}`;
    const env = { KAFKA_BROKER: kafka.broker, KAFKA_TOPIC: topic };
    const text = await scrapeOf({ folder, program, flag, env });
    const labels = `messaging_destination_name="${topic}",messaging_system_name="kafka"`;
    expectFiveMessages(text, labels);
    expect(samples(text, "messages_in_flight")).toEqual([`messages_in_flight{${labels}} 0`]);
    expect(samples(text, "message_queue_size")).toEqual([`message_queue_size{${labels}} 0`]);
  },
);
