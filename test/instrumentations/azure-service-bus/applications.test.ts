import { beforeAll, test } from "vitest";
import { type SmallServiceBus, startSmallServiceBus } from "../../servers/small-service-bus.ts";
import { expectFiveMessages, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let server: SmallServiceBus;

beforeAll(async () => {
  server = await startSmallServiceBus("file");
});

test.each(starts())(
  "the messages of Azure Service Bus in %s started with %s are measured",
  async (_, flag, program) => {
    const QUEUE_NAME = `jobs-${program.slice(-3)}${flag}`;
    const env = { SERVICE_BUS: server.connectionString, QUEUE_NAME };
    const text = await scrapeOf({ folder, program, flag, env });
    expectFiveMessages(
      text,
      `messaging_destination_name="${QUEUE_NAME}",messaging_system_name="azure.servicebus"`,
    );
  },
);
