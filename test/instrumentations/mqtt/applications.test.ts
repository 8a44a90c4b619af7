import { expect, onTestFinished, test } from "vitest";
import { expectFiveMessages, samples, scrapeOf, bothLoaders } from "../applications.ts";
import { startBroker } from "./broker.ts";

const folder = import.meta.dirname;

test.each(bothLoaders())("the MQTT messages of %s started with %s are measured", async (_, flag, program) => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const text = await scrapeOf({ folder, program, flag, env: { MQTT_URL: broker.url } });
  const labels = 'messaging_destination_name="jobs/+/start",messaging_system_name="mqtt"';
  expectFiveMessages(text, labels);
  expect(samples(text, "message_queue_size")).toEqual([
    expect.stringMatching(/messaging_system_name="mqtt"\} \d+$/),
  ]);
});
